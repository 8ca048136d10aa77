using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Tracing;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Tracing;

/// <summary>A create that is slow for one reason: the slowest step of its trace names it.</summary>
internal sealed class SlowCreateTests
{
    private const int Milliseconds = 700;

    private readonly string id = Runtime.NewId();
    private Runtime runtime = null!;
    private string file = "";

    [SetUp]
    public void Begin()
    {
        runtime = Runtime.Create();
        file = Path.Combine(runtime.Work, "trace.json");
    }

    [TearDown]
    public void End() => runtime?.Dispose();

    [TestCase("prestart", false)]
    [TestCase("createRuntime", false)]
    [TestCase("createContainer", true)]
    public void A_hook_that_sleeps(string kind, bool isOfChild)
    {
        Bundle bundle = WithHook(kind, "sleep 0.7");
        Create(bundle);
        TracedStep slow = Slowest();
        Assert.That((slow.Kind, slow.Name, slow.Subject, slow.IsChild), Is.EqualTo((TraceKind.Hook, kind + " hook", "/bin/sh", isOfChild)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_source_of_a_mount_whose_file_system_is_slow(bool mapped)
    {
        string mount = Directory.CreateDirectory(Path.Combine(runtime.Work, "slow")).FullName;
        using SlowServer server = new(mount, TimeSpan.FromMilliseconds(Milliseconds));
        Bundle bundle = runtime.NewBundle("true").Mounting("/mnt", "bind", server.Source, "bind");
        Create(mapped ? bundle.MapsUsers().WithoutSysfs() : bundle);
        TracedStep slow = Slowest();
        Assert.That((slow.Kind, slow.Subject), Is.EqualTo((TraceKind.Kernel, server.Source)), slow.ToString());
        runtime.Run("delete", "--force", id).Expect(0); // while the server answers
    }

    [Test]
    public void A_lock_that_another_process_holds()
    {
        if (!File.Exists("/usr/bin/flock"))
            Assert.Ignore("flock is not installed");
        // Hooks run while it is free.
        string taken = Path.Combine(runtime.Work, "taken"), lockFile = Path.Combine(runtime.Root, id, "lock");
        string hold = $"(flock {lockFile} -c 'touch {taken}; sleep 0.7' </dev/null >/dev/null 2>&1 &); "
            + $"while [ ! -e {taken} ]; do sleep 0.01; done";
        Create(WithHook("createRuntime", hold));
        TracedStep slow = Slowest();
        Assert.That((slow.Kind, slow.Name), Is.EqualTo((TraceKind.Lock, "waits for the lock")));
        Assert.That(slow.Subject, Does.Match($"^{lockFile}, held by process \\d+ \\(flock\\)$"));
    }

    [Test]
    public void A_systemd_that_answers_late()
    {
        if (!Support.Cgroups.Has("name=systemd"))
            Assert.Ignore("needs the v1 hierarchy name=systemd");
        string unit = $"t-{id}.scope";
        using FakeSystemd systemd = new(Path.Combine(runtime.Work, "systemd.sock"), "/" + runtime.CgroupName)
        {
            JobTime = TimeSpan.FromMilliseconds(Milliseconds),
        };
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["cgroupsPath"] = $"-.slice:t:{id}";
        string[] program = [runtime.Program, "--root", runtime.Root, "--systemd-cgroup"];
        try
        {
            runtime.Execute(systemd.Command([.. program, "create", "--trace", file, "--bundle", bundle.Write().Path, id])).Expect(0);
            TracedStep slow = Slowest();
            Assert.That((slow.Kind, slow.Name, slow.Subject), Is.EqualTo((TraceKind.Systemd, "systemd StartTransientUnit", unit)));
        }
        finally
        {
            runtime.Execute(systemd.Command([.. program, "delete", "--force", id]));
            if (Directory.Exists($"/sys/fs/cgroup/systemd/{runtime.CgroupName}/{unit}"))
                Directory.Delete($"/sys/fs/cgroup/systemd/{runtime.CgroupName}/{unit}");
        }
    }

    [Test]
    public void A_cgroup_that_is_frozen()
    {
        if (!Directory.Exists("/sys/fs/cgroup/freezer"))
            Assert.Ignore("needs the v1 freezer");
        // One that is frozen from the beginning is refused.
        const string Freeze = """
            pid=$(sed 's/.*"pid": *\([0-9]*\).*/\1/')
            state=$(sed -n 's,.*:freezer:,/sys/fs/cgroup/freezer,p' /proc/$pid/cgroup)/freezer.state
            echo FROZEN >$state
            (sleep 0.7; echo THAWED >$state) </dev/null >/dev/null 2>&1 &
            """;
        Create(WithHook("createRuntime", Freeze));
        TracedStep slow = Slowest();
        Assert.That((slow.Kind, slow.Name, slow.Subject),
            Is.EqualTo((TraceKind.Frozen, "waits for the container's process", "frozen by its cgroup")));
    }

    private Bundle WithHook(string kind, string script)
    {
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["hooks"] = new JsonObject
        {
            [kind] = new JsonArray(new JsonObject { ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", script) }),
        };
        return bundle;
    }

    private void Create(Bundle bundle) => runtime.Run("create", "--trace", file, "--bundle", bundle.Write().Path, id).Expect(0);

    /// <summary>The one that is drawn first, and was most of the time.</summary>
    private TracedStep Slowest()
    {
        TracedCommand traced = TraceReader.Read(file, File.ReadAllBytes(file));
        long[] own = OwnTime.Of(traced.Steps);
        TracedStep slow = traced.Steps[Array.IndexOf(own, own.Max())];
        string drawn = runtime.Run("trace", "--slowest", file).Expect(0).Output;
        string first = drawn.Split("\n\n")[1].Split('\n')[0];
        Assert.That(first, Does.StartWith($"  {(slow.IsChild ? "container  " : "runtime    ")}{slow.Name}"), drawn);
        double shown = double.Parse(first[..first.IndexOf(" ms", StringComparison.Ordinal)].Split(' ')[^1], CultureInfo.InvariantCulture);
        Assert.That(shown, Is.GreaterThan(0.5 * Milliseconds), drawn);
        return slow;
    }
}
