using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>Another process in a container.</summary>
internal sealed class ExecTests
{
    private readonly List<int> detached = [];
    private Runtime runtime = null!;

    [SetUp]
    public void Begin() => runtime = Runtime.Create();

    /// <summary>A detached process is ours to reap, and its PID namespace cannot end before.</summary>
    [TearDown]
    public void End()
    {
        foreach (int pid in detached)
        {
            Sys.TryKill(pid, 9);
            Child.Reap(pid);
        }
        detached.Clear();
        runtime?.Dispose();
    }

    /// <summary>A process with another user's id may not be signalled then, not even when it is exiting.</summary>
    [Test]
    public void A_runtime_without_CAP_KILL_runs_another_users_process()
    {
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Execute(["/usr/bin/setpriv", "--bounding-set", "-kill", "--inh-caps", "-kill",
            .. runtime.Command("exec", "--user", "1000", id, "true")]).Expect(0);
    }

    [Test]
    public void It_is_in_every_namespace_and_cgroup_of_the_container([Values] bool mapped)
    {
        string id = Sleeping(bundle =>
        {
            if (mapped)
                bundle.MapsUsers().WithoutSysfs();
            bundle.InNamespace("cgroup").InNamespace("time");
        });
        string script = "for n in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$n; done";
        string seen = Exec(id, "sh", "-c", script).Expect(0).Output;
        string namespaces = "", pid = $"/proc/{runtime.Pid(id)}";
        foreach (string name in new[] { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" })
            namespaces += new FileInfo($"{pid}/ns/{name}").LinkTarget + "\n";
        Assert.That(seen, Is.EqualTo(namespaces));
        // A shell that waits, so that its cgroups can be read from outside.
        Assert.That(File.ReadAllText($"/proc/{Detached("--detach", id, "sleep", "1000")}/cgroup"),
            Is.EqualTo(File.ReadAllText(pid + "/cgroup")));
    }

    [Test]
    public void It_ends_with_the_exit_status_of_the_process([Values(0, 1, 7, 255)] int status)
        => Exec(Sleeping(), "sh", "-c", $"exit {status}").Expect(status);

    [Test]
    public void It_ends_with_128_and_the_signal_that_killed_the_process([Values(9, 15)] int signal)
        => Exec(Sleeping(), "sh", "-c", $"kill -{signal} $$").Expect(128 + signal);

    [TestCase("nosuch", "exec: \"nosuch\": executable file not found in $PATH")]
    [TestCase("", "exec: \"\": executable file not found in $PATH")]
    [TestCase("/nosuch", "exec: \"/nosuch\": stat /nosuch: no such file or directory")]
    [TestCase("/etc/passwd", "exec: \"/etc/passwd\": permission denied")]
    [TestCase("/etc", "exec: \"/etc\": is a directory")]
    public void What_cannot_be_started_is_255_in_the_words_that_engines_know(string program, string message)
        => Exec(Sleeping(), program).ExpectError("exec failed: unable to start container process: " + message, 255);

    [Test]
    public void Usage_errors_are_1()
    {
        runtime.Run("exec").ExpectError("\"exec\" requires a minimum of 1 argument(s)");
        runtime.Run("exec", "--no-such", "x").ExpectError("flag provided but not defined: -no-such");
    }

    [Test]
    public void Other_errors_are_255()
    {
        runtime.Run("exec", "nobody", "true").ExpectError("exec failed: container does not exist", 255);
        string id = Sleeping();
        runtime.Run("exec", id).ExpectError("exec failed: exec args cannot be empty", 255);
        Exec(["--preserve-fds", "-1"], id, "true").ExpectError("--preserve-fds must be 0 or more", 255);
        Exec(["--cwd", "relative"], id, "true").ExpectError("--cwd: Cwd must be an absolute path", 255);
        Exec(["--env", "A"], id, "true").ExpectError("--env: missing '=' in", 255);
        Exec(["--cwd", "/missing"], id, "true")
            .ExpectError("chdir to cwd (\"/missing\") set with --cwd failed: no such file or directory", 255);
        Exec(["--pid-file", "/missing/pid"], id, "true")
            .ExpectError("cannot write --pid-file: openat /missing/pid: no such file or directory", 255);
        Exec(["--env", "=x"], id, "true").ExpectError("the name must not be empty", 255);
    }

    [TestCase("--user")]
    [TestCase("--cwd")]
    [TestCase("--process")]
    [TestCase("--process-label")]
    [TestCase("--apparmor")]
    [TestCase("--pid-file")]
    [TestCase("--console-socket")]
    [TestCase("--pidfd-socket")]
    public void A_flag_with_an_empty_value_is_as_if_it_was_not_given(string flag)
        => Assert.That(Exec([flag, ""], Sleeping(), "sh", "-c", "id -u; pwd").Expect(0).Output, Is.EqualTo("0\n/\n"));

    [Test]
    public void A_stopped_container_is_refused()
    {
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("true"));
        Runtime.WaitForEnd(pid);
        Exec(id, "true").ExpectError("exec failed: cannot exec in a stopped container", 255);
    }

    [Test]
    public void A_created_container_takes_one()
    {
        string id = Runtime.NewId();
        runtime.CreateContainer(id, runtime.NewBundle("sleep", "1000"));
        Assert.That(Exec(id, "cat", "/proc/1/comm").Expect(0).Output, Is.EqualTo("sharprunc\n"));
        Assert.That(runtime.Status(id), Is.EqualTo("created"));
    }

    [Test]
    public void A_paused_container_is_refused_unless_that_is_to_be_ignored()
    {
        string id = Sleeping(), done = Path.Combine(runtime.Work, "done");
        runtime.Run("pause", id).Expect(0);
        Exec(id, "true").ExpectError("cannot exec in a paused container (use --ignore-paused to override)", 255);
        Child waiting = Child.Start(runtime.Command("exec", "--ignore-paused", id, "echo", "resumed"), done);
        System.Threading.Thread.Sleep(200);
        Assert.That(new FileInfo(done).Length, Is.Zero);
        runtime.Run("resume", id).Expect(0);
        Assert.That(waiting.Wait(TimeSpan.FromSeconds(30)), Is.Zero);
        Assert.That(File.ReadAllText(done), Is.EqualTo("resumed\n"));
    }

    [Test]
    public void Detached_it_returns_and_leaves_the_process()
    {
        string id = Sleeping(), pidFile = Path.Combine(runtime.Work, "unwritten.pid");
        Assert.That(File.ReadAllText($"/proc/{Detached("-d", id, "sleep", "999")}/cmdline"), Is.EqualTo("sleep\0999\0"));
        Exec(["-d", "--pid-file", pidFile], id, "nosuch").ExpectError("executable file not found", 255);
        Assert.That(File.Exists(pidFile), Is.False);
    }

    [Test]
    public void Without_flags_it_is_the_containers_process_but_for_the_program()
    {
        string id = Sleeping(bundle =>
        {
            bundle.Process["cwd"] = "/home";
            bundle.Process["env"]!.AsArray().Add("FROM=config");
            bundle.Process["user"] = JsonNode.Parse("""{ "uid": 1000, "gid": 1001, "additionalGids": [5], "umask": 63 }""");
            bundle.Process["rlimits"] = JsonNode.Parse("""[{ "type": "RLIMIT_NOFILE", "soft": 77, "hard": 88 }]""");
            bundle.Process["oomScoreAdj"] = 321;
        });
        string script = "pwd; id -u; id -g; umask; echo $FROM $HOME; ulimit -n; cat /proc/self/oom_score_adj; grep -E "
            + "'^(Groups|NoNewPrivs|Cap(Inh|Amb|Bnd))' /proc/self/status";
        Assert.That(Exec(id, "sh", "-c", script).Expect(0).Output, Is.EqualTo(
            "/home\n1000\n1001\n0077\nconfig /home\n77\n321\nGroups:\t5 \n" +
            "CapInh:\t0000000000000000\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n"));
        Assert.That(Exec(id, "grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status").Expect(0).Output, Is.EqualTo(
            "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n"));
    }

    [Test]
    public void Flags_override_it()
    {
        string id = Sleeping(bundle => bundle.Process["noNewPrivileges"] = false);
        Result result = Exec(["-u", "7:8", "-g", "9", "-g", "10", "-e", "A=1,2", "--env", "PATH=/bin", "--cwd", "/tmp", "--no-new-privs"],
            id,
            "sh", "-c", "id -u; id -g; pwd; echo $A $PATH; grep -E '^(Groups|NoNew)' /proc/self/status");
        Assert.That(result.Expect(0).Output, Is.EqualTo("7\n8\n/tmp\n1,2 /bin\nGroups:\t9 10 \nNoNewPrivs:\t1\n"));
    }

    [Test]
    public void A_process_file_says_it_all()
    {
        string id = Sleeping(), file = Path.Combine(runtime.Work, "process.json");
        File.WriteAllText(file, """
            { "args": ["sh", "-c", "id -u; pwd; env; ulimit -n"], "cwd": "/tmp", "env": ["PATH=/bin", "ONLY=this"], "user": { "uid": 3, "gid": 4 },
              "rlimits": [{ "type": "RLIMIT_NOFILE", "soft": 66, "hard": 66 }] }
            """);
        string output = runtime.Run("exec", "--process", file, id).Expect(0).Output;
        Assert.That(output, Does.StartWith("3\n/tmp\n").And.Contain("ONLY=this\n").And.EndWith("66\n"));
        runtime.Run("exec", "--process", file, "--cwd", "/", id)
            .ExpectError("--process cannot be combined with a command or with --cwd, --env", 255);
        runtime.Run("exec", "--process", file, id, "true")
            .ExpectError("--process cannot be combined with a command or with --cwd, --env", 255);
    }

    [Test]
    public void A_process_file_without_limits_has_the_containers()
    {
        string id =
            Sleeping(bundle => bundle.Process["rlimits"] = JsonNode.Parse("""[{ "type": "RLIMIT_NOFILE", "soft": 77, "hard": 88 }]""")),
            file = Path.Combine(runtime.Work, "process.json");
        File.WriteAllText(file, """{ "args": ["sh", "-c", "ulimit -n"], "cwd": "/", "env": ["PATH=/bin"] }""");
        Assert.That(runtime.Run("exec", "--process", file, id).Expect(0).Output, Is.EqualTo("77\n"));
    }

    [TestCase("""{ "args": [], "cwd": "/" }""", "args must not be empty")]
    [TestCase("""{ "args": ["true"] }""", "Cwd property must not be empty")]
    [TestCase("""{ "args": ["true"], "cwd": "/", "user": { "uid": -1 } }""", "/user/uid")]
    [TestCase("""{ "args": ["true"], "cwd": "/", "oomScoreAdj": 2000 }""", "/oomScoreAdj")]
    [TestCase("""{ "args": ["true"], "cwd": "/", "execCPUAffinity": { "final": "0-x" } }""", "/execCPUAffinity/final")]
    [TestCase("""{ "args": """, "process.json")]
    public void A_bad_process_file_is_refused_by_property(string json, string about)
    {
        string id = Sleeping(), file = Path.Combine(runtime.Work, "process.json");
        File.WriteAllText(file, json);
        runtime.Run("exec", "--process", file, id).ExpectError(about, 255);
    }

    [Test]
    [Must("lifecycle.updates")]
    public void A_config_that_was_changed_after_create_changes_nothing()
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        bundle.Process["cwd"] = "/tmp";
        bundle.Process["user"]!["uid"] = 1000;
        bundle.Write();
        Assert.That(Exec(id, "sh", "-c", "pwd; id -u").Expect(0).Output, Is.EqualTo("/\n0\n"));
        File.Delete(bundle.ConfigFile);
        Exec(id, "true").Expect(0);
    }

    [Test]
    public void The_containers_filter_is_the_processes_too([Values] bool noNewPrivileges)
    {
        string id = Sleeping(bundle =>
        {
            bundle.Process["noNewPrivileges"] = noNewPrivileges;
            bundle.Linux["seccomp"] =
                JsonNode.Parse(
                    """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 }] }""");
        });
        Result result = Exec(id, "mkdir", "/tmp/x").Expect(1);
        Assert.That(result.Errors, Does.Contain("No space left on device"));
    }

    [Test]
    public void Descriptors_are_preserved_from_3_and_no_others_pass()
    {
        string id = Sleeping();
        string[] command = ["/bin/bash", "-c", "exec 3</dev/zero 4</dev/null 9</; exec \"$@\"", "bash",
            .. runtime.Command("exec", "--preserve-fds", "1", id, "ls", "/proc/self/fd")];
        Assert.That(runtime.Execute(command).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Is.EqualTo(new[] { "0", "1", "2", "3", "4" }), "4 is what ls opens");
        string listening = "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"";
        Result result = runtime.Execute(["/bin/bash", "-c", "exec 3</dev/zero; " + listening, "bash",
            .. runtime.Command("exec", id, "sh", "-c", "ls /proc/self/fd; echo $LISTEN_FDS")]);
        Assert.That(result.Expect(0).Output, Is.EqualTo("0\n1\n2\n3\n\n"), "LISTEN_FDS is not for exec; 3 is what ls opens");
    }

    [Test]
    public void Signals_are_forwarded()
    {
        string id = Sleeping(), output = Path.Combine(runtime.Work, "out");
        Child exec = Child.Start(runtime.Command("exec", id, "sh", "-c", "trap 'exit 42' USR1; echo ready; while :; do sleep 0.05; done"),
            output);
        for (int i = 0; i < 500 && new FileInfo(output).Length == 0; i++)
            System.Threading.Thread.Sleep(10);
        exec.Kill(10);
        Assert.That(exec.Wait(TimeSpan.FromSeconds(30)), Is.EqualTo(42));
    }

    [Test]
    public void The_session_keyring_is_the_containers()
    {
        // The process's keyring is the init's: same serial number.
        string id = Sleeping(bundle => bundle.Linux["maskedPaths"] = new JsonArray());
        Assert.That(Exec(id, "grep", "-c", "_ses." + id, "/proc/keys").Expect(0).Output, Is.EqualTo("1\n"));
    }

    [Test]
    public void A_container_without_a_mount_namespace_is_entered_by_its_root()
    {
        string id = Sleeping(bundle =>
        {
            bundle.InNamespaces(("pid", null));
            bundle.Mounts.Clear();
            bundle.Config.Remove("hostname");
            bundle.Linux.Remove("maskedPaths");
            bundle.Linux.Remove("readonlyPaths");
        });
        Assert.That(Exec(id, "ls", "/bin/busybox").Expect(0).Output, Is.EqualTo("/bin/busybox\n"));
        Assert.That(Exec(id, "ls", "/work").ExitCode, Is.Not.Zero);
    }

    [Test]
    public void A_container_that_was_not_pivoted_into_is_entered()
    {
        string id = Runtime.NewId();
        runtime.Run("run", "--no-pivot", "--detach", "--bundle", runtime.NewBundle("sleep", "1000").Path, id).Expect(0);
        Assert.That(Exec(id, "ls", "/").Expect(0).Output, Does.Contain("bin").And.Not.Contain("work"));
    }

    private string Sleeping(Action<Bundle>? change = null)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        change?.Invoke(bundle);
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle.Write());
        return id;
    }

    private int Detached(string flag, string id, params string[] command)
    {
        string pidFile = Path.Combine(runtime.Work, "exec.pid");
        Exec([flag, "--pid-file", pidFile], id, command).Expect(0);
        detached.Add(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
        return detached[^1];
    }

    private Result Exec(string id, params string[] command) => Exec([], id, command);

    private Result Exec(string[] flags, string id, params string[] command) => runtime.Run(["exec", .. flags, id, .. command]);
}
