using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>
/// create, run and exec bring a process into a container: what it has of its config and of the caller does not depend on which.
/// </summary>
internal sealed class SameProcessTests
{
    /// <summary>All that a process can tell of itself, a line each.</summary>
    private const string Tell = """
        {
        grep -E '^(Umask|Uid|Gid|Groups|SigBlk|SigIgn|SigCgt|Cap...|NoNewPrivs|Seccomp|Cpus_allowed_list|Mems_allowed_list):' /proc/self/status
        for f in oom_score_adj timerslack_ns coredump_filter personality cgroup limits attr/current; do echo "$f: $(cat /proc/self/$f 2>&1)"; done
        echo "scheduler: $(cut -d' ' -f18,19,40,41 /proc/$$/stat)"
        echo "session: $(awk '{ print ($1 == $6) }' /proc/$$/stat)"
        echo "ionice: $(busybox ionice -p $$)"
        echo "descriptors: $(ls /proc/$$/fd | tr '\n' ' ')"
        echo "stdin: $(stat -L -c '%t:%T %u:%g' /proc/$$/fd/0)"
        echo "cwd: $(pwd)"
        echo "machine: $(uname -m)"
        env | sort
        } >/tmp/told 2>&1
        """;

    private Runtime runtime = null!;

    [SetUp]
    public void Begin() => runtime = Runtime.Create();

    [TearDown]
    public void End() => runtime?.Dispose();

    [Test]
    public void Create_run_and_exec_make_the_same_process([Values] bool mapped, [Values] bool configured)
    {
        string run = Told(mapped, configured, (bundle, id) => Call("run", "--bundle", bundle.Path, id));
        string create = Told(mapped, configured, (bundle, id) =>
        {
            Call("create", "--bundle", bundle.Path, id);
            int pid = runtime.Pid(id);
            Call("start", id);
            Runtime.WaitForEnd(pid);
        });
        string exec = Told(mapped, configured, (bundle, id) =>
        {
            JsonNode args = bundle.Process["args"]!.DeepClone();
            bundle.Process["args"] = new JsonArray("sleep", "1000");
            runtime.StartContainer(id, bundle.Write());
            Call("exec", id, "sh", "-c", (string)args[2]!);
        });
        Assert.Multiple(() =>
        {
            Assert.That(create.Split('\n'), Is.EqualTo(run.Split('\n')), "create and run");
            Assert.That(exec.Split('\n'), Is.EqualTo(run.Split('\n')), "exec and run");
            Assert.That(run, Does.Contain("Cpus_allowed_list:\t" + AllCpus() + "\n"), "the caller's affinity is not passed on");
        });
        if (configured)
            foreach (string line in new[]
            {
                "Umask:\t0027", "Uid:\t1000\t1000\t1000\t1000", "Groups:\t7", "oom_score_adj: 500", "ionice: best-effort: prio 6",
                    "scheduler: 27 7 0 3", "HOME=/home", "cwd: /tmp",
                "Max open files            99                   100                  files     ", "personality: 00000008", "machine: i686",
            })
                Assert.That(run.Split('\n'), Does.Contain(line).Or.Contain(line + " "));
    }

    /// <summary>Each caller is pinned to a CPU, has another umask, and ignores a signal.</summary>
    private void Call(params string[] arguments)
        => runtime.Execute(["/usr/bin/taskset", "-c", "0", "/bin/sh", "-c", "umask 031; trap '' USR1; exec \"$@\"", "sh",
            .. runtime.Command(arguments)]).Expect(0);

    private string Told(bool mapped, bool configured, Action<Bundle, string> bring)
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", Tell).InNamespace("cgroup");
        if (mapped)
            bundle.MapsUsers();
        if (configured)
            Configure(bundle);
        string tmp = Path.Combine(bundle.Rootfs, "tmp");
        File.SetUnixFileMode(tmp, (UnixFileMode)0x1FF);
        bring(bundle.Write(), Runtime.NewId());
        return File.ReadAllText(Path.Combine(tmp, "told"));
    }

    private static void Configure(Bundle bundle)
    {
        foreach ((string name, JsonNode? value) in (JsonObject)JsonNode.Parse("""
            {
              "user": { "uid": 1000, "gid": 1000, "umask": 23, "additionalGids": [7] }, "cwd": "/tmp", "oomScoreAdj": 500,
              "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 6 }, "scheduler": { "policy": "SCHED_BATCH", "nice": 7 },
              "rlimits": [{ "type": "RLIMIT_NOFILE", "soft": 99, "hard": 100 }, { "type": "RLIMIT_NPROC", "soft": 900, "hard": 1000 }]
            }
            """)!)
            bundle.Process[name] = value!.DeepClone();
        bundle.Linux["personality"] = new JsonObject { ["domain"] = "LINUX32" };
    }

    private static string AllCpus()
    {
        foreach (string line in File.ReadAllLines("/proc/self/status"))
            if (line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal))
                return line["Cpus_allowed_list:\t".Length..];
        return "";
    }
}
