using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The caller has afterwards what it had: its mounts, its descriptors, their flags and places, its own settings.</summary>
internal sealed class CallerTests
{
    /// <summary>A shell that says what it has, runs the command, and says it again; what it says must be the same.</summary>
    private const string Caller = """
        exec 9<"$1" 11<>"$1" 12</ 13>>"$1"; shift
        say() { for fd in 0 1 2 9 11 12 13; do readlink /proc/$$/fd/$fd; grep -v -e ^pos -e ^mnt_id /proc/$$/fdinfo/$fd; done; ls /proc/$$/fd
          cat /proc/$$/mountinfo /proc/$$/cgroup /proc/$$/limits /proc/$$/oom_score_adj /proc/$$/uid_map; readlink /proc/$$/ns/* /proc/$$/cwd /proc/$$/root; ulimit -a; umask
          grep -E '^(Uid|Gid|Groups|Cap|Seccomp|NoNewPrivs|Sig[BCI]|Shd|Umask|Cpus_allowed|Mems_allowed)' /proc/$$/status; }
        before=$(say); "$@" >/dev/null; status=$?; after=$(say)
        [ "$before" = "$after" ] || diff <(echo "$before") <(echo "$after"); echo $status
        """;

    private static readonly TestCaseData[] Ends =
    [
        End("success", 0, bundle => { }),
        End("no program", 1, bundle => bundle.WithArgs("/no/such/program")),
        End("no such source", 1,
            bundle => bundle.WithMount("/tmp", "tmpfs", "tmpfs").WithMount("/mnt", "bind", "/no/such/source", "rbind")),
        End("no such file system", 1, bundle => bundle.WithMount("/mnt", "no-such-type", "none")),
        End("no such device", 1,
            bundle => bundle.Linux["devices"] =
                new JsonArray(new JsonObject { ["path"] = "/proc/x", ["type"] = "c", ["major"] = 1, ["minor"] = 3 })),
        End("no such namespace", 1, bundle => bundle.InNamespace("network", "/no/such/namespace")),
        End("a hook that fails", 1,
            bundle => bundle.Config["hooks"] =
                new JsonObject { ["createContainer"] = new JsonArray(new JsonObject { ["path"] = "/bin/false" }) }),
        End("a hook of start that "
            + "fails", 1,
            bundle => bundle.Config["hooks"] =
                new JsonObject { ["startContainer"] = new JsonArray(new JsonObject { ["path"] = "/bin/false" }) }),
        End("no rootfs", 1, bundle => bundle.Config["root"]!["path"] = "missing"),
        End("a user namespace", 0, bundle => bundle.WithUserNamespace()),
        End("another PID namespace", 0,
            bundle => bundle.InNamespace("pid", "/proc/self/ns/pid").WithoutMounts("/proc").WithMount("/proc", "bind", "/proc", "rbind")),
        End("shared propagation", 0, bundle => bundle.Linux["rootfsPropagation"] = "rshared"),
    ];

    [TestCaseSource(nameof(Ends))]
    public void The_caller_is_what_it_was(System.Action<Bundle> change, int exit)
    {
        using Runtime runtime = Runtime.Create();
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["file"], "text\n");
        Bundle bundle = runtime.NewBundle("true");
        change(bundle);
        Result? result = null;
        // A host of the test's own, shared as systemd makes it: nobody else mounts there.
        MountNamespace.Run(() =>
        {
            Sys.MountPropagation("/", MS_SHARED | MS_REC);
            result = runtime.Execute(["/bin/bash", "-c", Caller, "bash", directory["file"],
                .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]);
        });
        Assert.That(result!.Output, Is.EqualTo($"{exit}\n"), result.Errors);
        Assert.That(File.ReadAllText(directory["file"]), Is.EqualTo("text\n"));
    }

    private static TestCaseData End(string name, int exit, System.Action<Bundle> change)
        => new TestCaseData(change, exit).SetArgDisplayNames(name);

    // The runtime itself is one process of one thread, and the container's is the second.
    [TestCase(1)]
    [TestCase(2)]
    public void A_caller_that_may_have_no_more_processes_is_told_so(int limit)
    {
        using Runtime runtime = Runtime.Create();
        if (!Support.Cgroups.Has("pids"))
            Assert.Ignore("needs the v1 pids controller");
        Bundle bundle = runtime.NewBundle("echo", "ran").Write();
        string caller = $"/sys/fs/cgroup/pids/{runtime.CgroupName}/caller";
        Directory.CreateDirectory(caller);
        File.WriteAllText(caller + "/pids.max", $"{limit}");
        Result result = runtime.Execute(["/bin/sh", "-c", $"echo $$ >{caller}/cgroup.procs; exec \"$@\"", "sh",
            .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        if (limit == 1)
            result.ExpectError("cannot create the container's process").ExpectError("the limit of processes is reached");
        else
            Assert.That(result.Expect(0).Output, Is.EqualTo("ran\n"));
        Support.Cgroups.Remove(runtime.CgroupName);
    }
}
