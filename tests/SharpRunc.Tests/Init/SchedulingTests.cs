using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>
/// config.md#linux-process: scheduler, ioPriority and rlimits, and config-linux.md#personality, as the kernel holds them for the program
/// and for those that exec adds.
/// </summary>
internal sealed class SchedulingTests
{
    private const string Chrt = "/usr/bin/chrt", Ionice = "/usr/bin/ionice";

    private Runtime runtime = null!;

    [SetUp]
    public void Begin() => runtime = Runtime.Create();

    [TearDown]
    public void End() => runtime?.Dispose();

    // The scheduler in the config; nice and policy in /proc/PID/stat; what chrt(1) says of flags and times.
    [TestCase("""{ "policy": "SCHED_OTHER", "nice": -3 }""", "-3 0", "SCHED_OTHER")]
    [TestCase("""{ "policy": "SCHED_OTHER", "nice": 19, "flags": ["SCHED_FLAG_RESET_ON_FORK"] }""", "19 0",
        "SCHED_OTHER|SCHED_RESET_ON_FORK")]
    [TestCase("""{ "policy": "SCHED_BATCH", "nice": 7 }""", "7 3", "SCHED_BATCH")]
    [TestCase("""{ "policy": "SCHED_IDLE" }""", "0 5", "SCHED_IDLE")]
    [TestCase("""{ "policy": "SCHED_OTHER", "nice": 4, "flags": ["SCHED_FLAG_KEEP_POLICY"] }""", "4 0", "SCHED_OTHER")]
    [TestCase("""{ "policy": "SCHED_OTHER", "nice": 4, "flags": ["SCHED_FLAG_KEEP_PARAMS"] }""", "0 0", "SCHED_OTHER")]
    [TestCase("""{ "policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 8000000, "period": 10000000 }""", "0 6",
        "1000000/8000000/10000000")]
    [TestCase("""{ "policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 10000000, "flags": ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"] }""", "0 6", "SCHED_DEADLINE|SCHED_RESET_ON_FORK")]
    public void The_scheduler_is_the_configs(string scheduler, string niceAndPolicy, string said)
    {
        Require(Chrt);
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Process["scheduler"] = JsonNode.Parse(scheduler);
        Result created = runtime.Run("create", "--bundle", bundle.Write().Path, id);
        if (created.ExitCode != 0 && said.Contains("DEADLINE", StringComparison.Ordinal)
            && created.Errors.Contains("not permitted", StringComparison.Ordinal))
            Assert.Ignore("this machine lets nobody be SCHED_DEADLINE: its CPUs are divided");
        created.Expect(0);
        runtime.Run("start", id).Expect(0);
        Seen(runtime.Pid(id), niceAndPolicy, said);
    }

    [TestCase("""{ "policy": "SCHED_FIFO", "priority": 7 }""", "SCHED_FIFO", 7)]
    [TestCase("""{ "policy": "SCHED_RR", "priority": 99, "flags": ["SCHED_FLAG_RESET_ON_FORK"] }""", "SCHED_RR|SCHED_RESET_ON_FORK", 99)]
    public void So_is_a_real_time_policy_with_its_priority(string scheduler, string said, int priority)
    {
        Require(Chrt);
        AllowRealTime(out JsonObject? cpu);
        int pid = runtime.Sleeper(bundle =>
        {
            bundle.Process["scheduler"] = JsonNode.Parse(scheduler);
            if (cpu is not null)
                bundle.Linux["resources"]!["cpu"] = cpu;
        });
        string[] lines = runtime.Execute([Chrt, "-p", $"{pid}"]).Expect(0).Output.Split('\n');
        Assert.That(lines[0], Does.EndWith(": " + said));
        Assert.That(lines[1], Does.EndWith(": " + priority.ToString(CultureInfo.InvariantCulture)));
    }

    [Test]
    public void A_scheduler_that_the_kernel_does_not_have_is_an_error_of_its_property()
    {
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["scheduler"] = JsonNode.Parse("""{ "policy": "SCHED_ISO" }""");
        runtime.RunBundle(bundle).ExpectError("pointer=/process/scheduler").ExpectError("cannot set the scheduler");
    }

    [Test]
    public void Without_a_scheduler_the_callers_niceness_is_unchanged()
    {
        Bundle bundle = runtime.NewBundle().Says("cut -d' ' -f19,41 /proc/self/stat");
        Assert.That(
            runtime.Execute(["/usr/bin/nice", "-n", "5", .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())])
            .Expect(0).Output, Is.EqualTo("5 0\n"));
    }

    [Test]
    public void A_process_file_has_a_scheduler_an_io_priority_an_umask_and_limits_of_its_own()
    {
        Require(Ionice);
        string id = Runtime.NewId(), file = Path.Combine(runtime.Work, "process.json"), pidFile = Path.Combine(runtime.Work, "pid");
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        File.WriteAllText(file, """
            { "args": ["sleep", "1000"], "cwd": "/", "env": ["PATH=/bin"], "user": { "uid": 0, "gid": 0, "umask": 7 },
              "scheduler": { "policy": "SCHED_BATCH", "nice": 9 }, "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 1 },
              "rlimits": [{ "type": "RLIMIT_NOFILE", "soft": 55, "hard": 66 }], "oomScoreAdj": 77 }
            """);
        runtime.Run("exec", "--detach", "--pid-file", pidFile, "--process", file, id).Expect(0);
        int pid = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
        Assert.Multiple(() =>
        {
            Seen(pid, "9 3", null);
            Assert.That(runtime.Execute([Ionice, "-p", $"{pid}"]).Output, Is.EqualTo("best-effort: prio 1\n"));
            Assert.That(File.ReadAllText($"/proc/{pid}/limits"), Does.Match("Max open files +55 +66 "));
            Assert.That(File.ReadAllText($"/proc/{pid}/status"), Does.Contain("Umask:\t0007\n"));
            Assert.That(File.ReadAllText($"/proc/{pid}/oom_score_adj"), Is.EqualTo("77\n"));
        });
        Sys.TryKill(pid, 9);
        Child.Reap(pid);
    }

    [TestCase("IOPRIO_CLASS_RT", 0, "realtime: prio 0\n")]
    [TestCase("IOPRIO_CLASS_RT", 7, "realtime: prio 7\n")]
    [TestCase("IOPRIO_CLASS_BE", 3, "best-effort: prio 3\n")]
    [TestCase("IOPRIO_CLASS_IDLE", 0, "idle\n")]
    public void The_io_priority_is_the_configs_for_the_process_and_what_it_forks(string type, int priority, string said)
    {
        Require(Ionice);
        Bundle bundle = runtime.NewBundle().Says("sleep 1000 & wait");
        bundle.Process["ioPriority"] = new JsonObject { ["class"] = type, ["priority"] = priority };
        int pid = runtime.StartContainer(Runtime.NewId(), bundle);
        string children = "";
        Eventually.Holds(() => (children = File.ReadAllText($"/proc/{pid}/task/{pid}/children")).Length > 0, "no child");
        foreach (string one in new[] { $"{pid}", children.Trim() })
            Assert.That(runtime.Execute([Ionice, "-p", one]).Expect(0).Output, Is.EqualTo(said), one);
    }

    /// <summary>The kernel asks for privilege over the host there, which the runtime has and the container's root has not.</summary>
    [Test]
    public void In_a_user_namespace_too_they_may_be_more_than_the_callers([Values("run", "pod", "exec")] string how)
    {
        Require(Ionice);
        Bundle bundle = runtime.NewBundle("sleep", "1000").MapsUsers();
        Bundle tried = how == "run" ? bundle : runtime.NewBundle("sleep", "1000").MapsUsers();
        tried.Process["scheduler"] = JsonNode.Parse("""{ "policy": "SCHED_OTHER", "nice": -7 }""");
        tried.Process["ioPriority"] = JsonNode.Parse("""{ "class": "IOPRIO_CLASS_RT", "priority": 2 }""");
        string id = Runtime.NewId(), member = Runtime.NewId();
        int pid = runtime.StartContainer(id, bundle);
        if (how == "pod")
        {
            tried.Linux.Remove("uidMappings");
            tried.Linux.Remove("gidMappings");
            pid = runtime.StartContainer(member, tried.InNamespace("user", $"/proc/{pid}/ns/user")
                .InNamespace("pid", $"/proc/{pid}/ns/pid"));
        }
        else if (how == "exec")
        {
            string file = Path.Combine(runtime.Work, "process.json"), pidFile = Path.Combine(runtime.Work, "pid");
            File.WriteAllText(file, tried.Process.ToJsonString());
            runtime.Run("exec", "--detach", "--pid-file", pidFile, "--process", file, id).Expect(0);
            pid = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
        }
        Seen(pid, "-7 0", null);
        Assert.That(runtime.Execute([Ionice, "-p", $"{pid}"]).Output, Is.EqualTo("realtime: prio 2\n"));
        if (how == "pod")
            runtime.Run("delete", "--force", member).Expect(0);
        else if (how == "exec")
        {
            Sys.TryKill(pid, 9);
            Child.Reap(pid);
        }
        Leftovers.Reap(); // a process whose parent is outside keeps its PID namespace's init until it is reaped
    }

    [TestCase("LINUX32", "i686\n")]
    [TestCase("LINUX", "x86_64\n")]
    public void The_personality_is_the_configs_for_those_that_exec_adds_too(string domain, string machine)
    {
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["personality"] = new JsonObject { ["domain"] = domain };
        int pid = runtime.StartContainer(id, bundle);
        Assert.That(runtime.Run("exec", id, "uname", "-m").Expect(0).Output, Is.EqualTo(machine));
        Assert.That(File.ReadAllText($"/proc/{pid}/personality"), Is.EqualTo(domain == "LINUX32" ? "00000008\n" : "00000000\n"));
    }

    // In the order of proc_pid_limits(5), which is another than the numbers'.
    private static readonly (string Type, string Line)[] Limits =
    [
        ("RLIMIT_CPU", "cpu time"), ("RLIMIT_FSIZE", "file size"), ("RLIMIT_DATA", "data size"), ("RLIMIT_STACK", "stack size"),
            ("RLIMIT_CORE", "core file size"),
        ("RLIMIT_RSS", "resident set"), ("RLIMIT_NPROC", "processes"), ("RLIMIT_NOFILE", "open files"), ("RLIMIT_MEMLOCK", "locked memory"),
            ("RLIMIT_AS", "address space"),
        ("RLIMIT_LOCKS", "file locks"), ("RLIMIT_SIGPENDING", "pending signals"), ("RLIMIT_MSGQUEUE", "msgqueue size"),
            ("RLIMIT_NICE", "nice priority"),
        ("RLIMIT_RTPRIO", "realtime priority"), ("RLIMIT_RTTIME", "realtime timeout"),
    ];

    [Must("rlimits.getrlimit"), Must("rlimits.soft-matches"), Must("rlimits.hard-matches")]
    [Test]
    public void Every_limit_at_once_MUST_match([Values] bool mapped)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        if (mapped)
            bundle.MapsUsers();
        string own = File.ReadAllText("/proc/self/limits");
        JsonArray limits = [];
        string[] lines = new string[Limits.Length];
        for (int i = 0; i < Limits.Length; i++)
        {
            // Not above what this machine may give, enough for a program to start, and different everywhere.
            string hard = Regex.Match(own, $"Max {Limits[i].Line} +\\S+ +(\\S+)").Groups[1].Value;
            ulong most = hard == "unlimited" ? 100_000_000 + 1000 * (ulong)i : ulong.Parse(hard, CultureInfo.InvariantCulture),
                soft = most - Math.Min(most, (ulong)i);
            limits.Add((JsonNode)new JsonObject { ["type"] = Limits[i].Type, ["soft"] = soft, ["hard"] = most });
            lines[i] = $"Max {Limits[i].Line} +{soft} +{most}( |\n)";
        }
        bundle.Process["rlimits"] = limits;
        Assert.That(lines,
            Has.All.Matches<string>(Contains(File.ReadAllText($"/proc/{runtime.StartContainer(Runtime.NewId(), bundle)}/limits"))));

        static Predicate<string> Contains(string found) => line => Regex.IsMatch(found, line);
    }

    [TestCase("RLIMIT_CORE", "core file size")]
    [TestCase("RLIMIT_MEMLOCK", "locked memory")]
    [TestCase("RLIMIT_STACK", "stack size")]
    public void A_limit_of_all_ones_is_none(string type, string line)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Process["rlimits"] = new JsonArray(new JsonObject { ["type"] = type, ["soft"] = ulong.MaxValue, ["hard"] = ulong.MaxValue });
        Result created = runtime.Run("create", "--bundle", bundle.Write().Path, "limits");
        if (created.ExitCode != 0 && created.Errors.Contains("EPERM", StringComparison.Ordinal))
            Assert.Ignore("this machine's own hard limit is lower, and it has no CAP_SYS_RESOURCE");
        Assert.That(File.ReadAllText($"/proc/{runtime.Pid("limits")}/limits"), Does.Match($"Max {line} +unlimited +unlimited "));
    }

    private void Seen(int pid, string niceAndPolicy, string? said)
    {
        string[] fields = File.ReadAllText($"/proc/{pid}/stat").Split(' ');
        Assert.That($"{fields[18]} {fields[40]}", Is.EqualTo(niceAndPolicy));
        if (said is not null)
            Assert.That(runtime.Execute([Chrt, "-p", $"{pid}"]).Expect(0).Output, Does.Contain(said + "\n"));
    }

    /// <summary>Where v1 divides real time among cgroups, the test's own must have some first.</summary>
    private void AllowRealTime(out JsonObject? cpu)
    {
        string own = $"/sys/fs/cgroup/cpu/{runtime.CgroupName}";
        cpu = null;
        if (!File.Exists("/sys/fs/cgroup/cpu/cpu.rt_runtime_us"))
            return;
        Directory.CreateDirectory(own);
        try
        {
            File.WriteAllText($"{own}/cpu.rt_runtime_us", "20000");
        }
        catch (IOException)
        {
            Directory.Delete(own);
            Assert.Ignore("this machine has no real time left to give");
        }
        cpu = new JsonObject { ["realtimeRuntime"] = 10000, ["realtimePeriod"] = 1000000 };
    }

    private static void Require(string program)
    {
        if (!File.Exists(program))
            Assert.Ignore($"{program} is not installed");
    }
}
