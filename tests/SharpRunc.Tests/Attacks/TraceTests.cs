using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// The trace is the host's: nothing of it is in a container, neither its memory, which both processes share while the container is set up,
/// nor its file, nor the variable that names its directory.
/// </summary>
internal sealed class TraceTests
{
    /// <summary>How memory that is shared without a file is named.</summary>
    private const string Shared = "/dev/zero";

    private const string Look = "look() { cat /proc/$1/maps; ls -l /proc/$1/fd; tr '\\0' '\\n' </proc/$1/environ; }; ";

    private Runtime runtime = null!;
    private string file = "", directory = "";

    [SetUp]
    public void Begin()
    {
        runtime = Runtime.Create();
        file = Path.Combine(runtime.Work, "secret-trace.json");
        directory = Directory.CreateDirectory(Path.Combine(runtime.Work, "secret-traces")).FullName;
        File.SetUnixFileMode(directory, (UnixFileMode)0x1C0);
    }

    [TearDown]
    public void End()
    {
        Support.Leftovers.Reap();
        runtime?.Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_program_that_is_run_sees_nothing_of_it(bool byVariable)
        => SeesNothing(Traced(byVariable, "run", "--bundle", Looking("self").Path, Runtime.NewId()));

    [TestCase(false)]
    [TestCase(true)]
    public void A_process_beside_one_that_waits_for_start_sees_nothing_of_it(bool byVariable)
    {
        string id = Runtime.NewId();
        Traced(byVariable, "create", "--bundle", Looking("self").Path, id);
        Result result = runtime.Run("exec", "--cap", "CAP_SYS_PTRACE", id, "sh", "-c", Look + "look 1").Expect(0);
        Assert.That(result.Output, Does.Contain("[stack]").And.Contain("exec.fifo"));
        SeesNothing(result);
        SeesNothing(Traced(byVariable, "exec", "--cap", "CAP_SYS_PTRACE", id, "sh", "-c", Look + "look 1; look self"));
        Traced(byVariable, "start", id);
    }

    [Test]
    public void The_hook_of_a_container_that_is_started_sees_nothing_of_it()
    {
        Bundle bundle = Looking("self");
        bundle.Config["hooks"] = System.Text.Json.Nodes.JsonNode.Parse(
            """{ "startContainer": [{ "path": "/bin/sh", "args": ["sh", "-c", "cat /proc/self/maps /proc/1/maps >/tmp/seen; ls -l /proc/1/fd >>/tmp/seen"] }] }""");
        Traced(false, "run", "--bundle", bundle.Write().Path, Runtime.NewId());
        string seen = File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/seen"));
        Assert.That(seen, Does.Contain("[stack]").And.Not.Contain(Shared).And.Not.Contain("secret-trace"));
    }

    private Bundle Looking(string pid) => runtime.NewBundle("sh", "-c", Look + "look " + pid);

    private Result Traced(bool byVariable, string command, params string[] arguments)
    {
        Result result = runtime.Execute(byVariable
            ? ["/usr/bin/env", $"SHARPRUNC_TRACE={directory}", .. runtime.Command([command, .. arguments])]
            : runtime.Command([command, "--trace", file, .. arguments])).Expect(0);
        string[] written = byVariable ? Directory.GetFiles(directory, $"*-{command}-*") : [file];
        Assert.That(written.Select(File.ReadAllText), Is.Not.Empty.And.All.Contain($"\"command\":\"{command}\""));
        return result;
    }

    private static void SeesNothing(Result result)
    {
        Assert.That(result.Output, Does.Contain("[stack]"), "it has looked");
        foreach (string word in new[] { Shared, "secret-trace", "SHARPRUNC_TRACE" })
            Assert.That(result.Output.Contains(word, StringComparison.Ordinal), Is.False, $"{word}\n{result.Output}");
    }
}
