using System.Collections.Generic;
using System.Linq;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Tracing;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Tracing;

/// <summary>Which step is slow by itself, and how it is drawn.</summary>
internal sealed class TraceChartTests
{
    private const long Ms = 1_000_000;

    /// <summary>A create whose hook takes most of its time.</summary>
    private static TracedCommand Hooked => new()
    {
        Command = "create",
        Id = "web",
        Version = "1.0",
        Pid = 4711,
        ChildPid = 4712,
        Steps =
        [
            Stage("begin", 0, 1), Stage("checking", 1, 3), Stage("namespaces", 3, 10), Stage("namespaces", 5, 8, child: true),
            Stage("mounts", 8, 313, child: true), new(TraceKind.Kernel, "open_tree", "/srv/data", 9 * Ms, 12 * Ms, true),
            Stage("hooks", 10, 312), new(TraceKind.Hook, "prestart hook", "/usr/bin/firewall", 11 * Ms, 311 * Ms, false),
            new(TraceKind.OtherSide, "waits for the runtime", null, 12 * Ms, 313 * Ms, true), Stage("mounts", 312, 320),
            new(TraceKind.OtherSide, "waits for the container's process", null, 313 * Ms, 319 * Ms, false),
            Stage("last mile", 313, 319, child: true),
        ],
    };

    [Test]
    public void The_readme_shows_what_it_prints()
    {
        string block = Readme.Block("console", "sharprunc trace");
        Assert.That(block, Does.Contain("$ sharprunc trace web.json\n" + TraceChart.Write(Hooked)), TraceChart.Write(Hooked));
        string slowest = string.Join('\n', TraceChart.WriteSlowest(Hooked).Split('\n')[..5]);
        Assert.That(block, Does.Contain("$ sharprunc trace --slowest web.json | head -5\n" + slowest), slowest);
    }

    [Test]
    public void A_step_that_others_explain_has_no_time_of_its_own()
    {
        TracedCommand hooked = Hooked;
        Dictionary<string, long> own = Own(hooked);
        Assert.That(own["runtime prestart hook"], Is.EqualTo(300 * Ms));
        Assert.That(own["runtime hooks"], Is.EqualTo(2 * Ms));
        Assert.That(own["container waits for the runtime"], Is.Zero);
        Assert.That(own["container open_tree"], Is.EqualTo(3 * Ms));
        Assert.That(own["runtime waits for the container's process"], Is.Zero, "it is in its last mile");
    }

    [Test]
    public void A_process_that_is_frozen_explains_its_own_stage()
    {
        TracedCommand frozen = Hooked with
        {
            Steps = [Stage("mounts", 0, 100), Stage("cgroup", 0, 100, child: true),
                new(TraceKind.Frozen, "waits for the container's process", "frozen by its cgroup", 10 * Ms, 90 * Ms, false)],
        };
        Dictionary<string, long> own = Own(frozen);
        Assert.That(own["runtime waits for the container's process"], Is.EqualTo(80 * Ms));
        Assert.That(own["container cgroup"], Is.EqualTo(20 * Ms));
    }

    [Test]
    public void What_is_drawn_is_what_was_written()
    {
        TracedCommand written = Hooked with { Error = "no \"luck\"", TraceParent = "00-ab", Dropped = 3 };
        TracedCommand read = Read(TraceJson.Write(written).ToArray());
        Assert.That(read.Steps, Is.EqualTo(written.Steps));
        Assert.That(read with { Steps = written.Steps }, Is.EqualTo(written));
        Assert.That(TraceChart.Write(read), Does.StartWith(
            "create web: 320.00 ms, traceparent 00-ab\nfailed: no \"luck\"\n3 more steps were not recorded\n\nruntime 4711\n"));
    }

    [Test]
    public void A_file_does_not_reach_the_terminal_with_more_than_text()
    {
        const string Hostile = "\u001b]0;title\u0007\u009b2J\u202e\nforged";
        TracedCommand traced = Read(TraceJson.Write(Hooked with
        {
            Id = Hostile,
            Command = Hostile,
            Error = Hostile,
            Steps = [new(TraceKind.Hook, Hostile, Hostile, 1, 2, false)],
        }).ToArray());
        foreach (string drawn in new[] { TraceChart.Write(traced), TraceChart.WriteSlowest(traced) })
        {
            Assert.That(drawn.Any(character => character != '\n' && TerminalText.IsControl(character)), Is.False);
            Assert.That(drawn.Split('\n'), Has.None.StartsWith("forged"));
        }
    }

    [TestCase("", "trace.json:1:1")]
    [TestCase("[]", "expected an object")]
    [TestCase("{}", "not a trace of sharprunc")]
    [TestCase("""{"traceEvents":[]}""", "not a trace of sharprunc")]
    [TestCase("""{"traceEvents":[{"ph":"X","ts":-1}]}""", "expected microseconds")]
    [TestCase("""{"traceEvents":[{"ph":"X","dur":1e300}]}""", "expected microseconds")]
    [TestCase("""{"traceEvents":[{"ph":"X","ts":"soon"}]}""", "expected a number")]
    [TestCase("""{"traceEvents":[{"pid":1e9999}]}""", "expected an integer")]
    public void A_file_that_is_none_is_an_error_that_says_where(string text, string message)
        => Assert.That(() => Read(Encoding.UTF8.GetBytes(text)), Throws.TypeOf<ContainerException>().With.Message.Contain(message));

    [Test]
    public void A_file_with_too_many_steps_is_refused()
    {
        List<TracedStep> steps = [.. Enumerable.Range(0, 3000).Select(i => Stage("mounts", i, i + 1))];
        Assert.That(() => Read(TraceJson.Write(Hooked with { Steps = steps }).ToArray()),
            Throws.TypeOf<ContainerException>().With.Message.Contain("more than 2048 steps"));
    }

    [TestCase("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true)]
    [TestCase("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true)]
    [TestCase("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false)]
    [TestCase("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false)]
    [TestCase("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false)]
    [TestCase("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false)]
    [TestCase("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false)]
    [TestCase("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false)]
    [TestCase("", false)]
    public void A_traceparent_is_carried_if_it_is_valid(string text, bool isValid)
        => Assert.That(TraceParent.Valid(text), Is.EqualTo(isValid ? text[..55] : null));

    private static TracedCommand Read(byte[] json) => TraceReader.Read("trace.json", json);

    private static TracedStep Stage(string name, long from, long to, bool child = false)
        => new(TraceKind.Stage, name, null, from * Ms, to * Ms, child);

    private static Dictionary<string, long> Own(TracedCommand traced)
    {
        Dictionary<string, long> own = [];
        long[] times = OwnTime.Of(traced.Steps);
        for (int i = 0; i < times.Length; i++)
            own[$"{(traced.Steps[i].IsChild ? "container" : "runtime")} {traced.Steps[i].Name}"] = times[i];
        return own;
    }
}
