using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>config.md#process as the program finds it.</summary>
internal sealed class ProcessTests
{
    [Test]
    public void An_oom_score_that_may_not_be_set_names_its_property()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["oomScoreAdj"] = -1000;
        Result result = runtime.RunBundle(bundle);
        if (result.ExitCode == 0)
            Assert.Ignore("this machine has CAP_SYS_RESOURCE: nothing is refused");
        Assert.That(result.Errors, Does.Contain("pointer=/process/oomScoreAdj"));
    }

    [Test]
    public void The_user_is_the_configs_with_its_additional_groups_and_no_others()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("id -u; id -g; grep ^Groups /proc/self/status");
        bundle.Process["user"] = JsonNode.Parse("""{ "uid": 1000, "gid": 1001, "additionalGids": [5, 7] }""");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1000\n1001\nGroups:\t5 7 \n"));
    }

    [Test]
    public void Without_additional_groups_the_callers_are_gone()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("grep", "^Groups", "/proc/self/status");
        Result result = runtime.Execute(["/usr/bin/setpriv", "--groups", "4,20",
            .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]).Expect(0);
        Assert.That(result.Output.TrimEnd(), Is.EqualTo("Groups:"));
    }

    [TestCase(null, "0027")]
    [TestCase(63, "0077")]
    [TestCase(0, "0000")]
    public void An_umask_that_is_not_set_is_unchanged(int? umask, string expected)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("umask");
        if (umask is not null)
            bundle.Process["user"]!["umask"] = umask;
        Result result = runtime.Execute(["/bin/sh", "-c", "umask 027; exec "
            + "\"$@\"", "sh", .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]).Expect(0);
        Assert.That(result.Output, Is.EqualTo(expected + "\n"));
    }

    [Test]
    public void A_missing_working_directory_is_made_for_everyone_to_enter()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("pwd; stat -c '%a %u' /new/cwd");
        bundle.Process["cwd"] = "/new/cwd";
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/new/cwd\n755 0\n"));
    }

    [Test]
    public void A_working_directory_that_only_the_user_may_enter_is_entered()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("pwd");
        string home = Path.Combine(bundle.Rootfs, "home");
        File.SetUnixFileMode(home, (UnixFileMode)0x1C0);
        Rootfs.MountTests.Mount("chown", "1000:1000", home);
        bundle.Process["cwd"] = "/home";
        bundle.Process["user"] = JsonNode.Parse("""{ "uid": 1000, "gid": 1000 }""");
        bundle.Process["capabilities"] = new JsonObject();
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/home\n"));
    }

    [Test]
    public void A_working_directory_that_is_a_file_is_an_error_of_its_property()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("pwd");
        bundle.Process["cwd"] = "/etc/passwd";
        runtime.RunBundle(bundle).ExpectError("/process/cwd").ExpectError("not a directory");
    }

    // The limit and what `ulimit` would show of it.
    [TestCase("RLIMIT_NOFILE", 100, 200, "Max open files *100 *200 ")]
    [TestCase("RLIMIT_NOFILE", 4, 4, "Max open files *4 *4 ")]
    [TestCase("RLIMIT_AS", 4000000, 4000000, "Max address space *4000000 *4000000 ")]
    [TestCase("RLIMIT_FSIZE", 0, 0, "Max file size *0 *0 ")]
    [TestCase("RLIMIT_CORE", 0, 0, "Max core file size *0 *0 ")]
    [TestCase("RLIMIT_DATA", 1000000, 2000000, "Max data size *1000000 *2000000 ")]
    [TestCase("RLIMIT_STACK", 100000, 200000, "Max stack size *100000 *200000 ")]
    [TestCase("RLIMIT_NPROC", 1, 1, "Max processes *1 *1 ")]
    [TestCase("RLIMIT_MEMLOCK", 0, 0, "Max locked memory *0 *0 ")]
    [Must("rlimits.getrlimit"), Must("rlimits.soft-matches"), Must("rlimits.hard-matches")]
    public void The_resulting_getrlimit_MUST_match(string type, long soft, long hard, string line)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("grep", line, "/proc/self/limits");
        bundle.Process["rlimits"] = new JsonArray(new JsonObject { ["type"] = type, ["soft"] = soft, ["hard"] = hard });
        runtime.RunBundle(bundle).Expect(0);
    }

    // The limit and the hard one of the present; who is to give birth gets.
    [TestCase(100UL, 200UL, 1000UL, 101UL, 201UL)]
    [TestCase(200UL, 200UL, 1000UL, 201UL, 201UL)]
    [TestCase(200UL, 200UL, 200UL, 200UL, 200UL)]
    [TestCase(100UL, 300UL, 200UL, 101UL, 300UL)]
    [TestCase(0UL, 0UL, 0UL, 0UL, 0UL)]
    [TestCase(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue)]
    [TestCase(5UL, ulong.MaxValue, ulong.MaxValue, 6UL, ulong.MaxValue)]
    public void There_is_room_for_one_more_process_at_a_birth(ulong soft, ulong hard, ulong present, ulong softThen, ulong hardThen)
    {
        SharpRunc.Linux.LibC.Libc.rlimit64 room = SharpRunc.Core.Init.Rlimits.WithRoomForOne(new("RLIMIT_NPROC", soft, hard), present);
        Assert.That((room.rlim_cur, room.rlim_max), Is.EqualTo((softThen, hardThen)));
    }

    /// <summary>Who traces it keeps it from lowering its own, and gains one process.</summary>
    [TestCase(2, 0)]
    [TestCase(1, 255)]
    public void A_limit_of_processes_holds_for_who_comes_in(int limit, int exitCode)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), file = System.IO.Path.Combine(runtime.Work, "process.json");
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Process["user"] = JsonNode.Parse("""{ "uid": 54321, "gid": 54321 }""");
        runtime.StartContainer(id, bundle);
        System.IO.File.WriteAllText(file, $$"""
            { "args": ["grep", "Max processes *{{limit}} *{{limit}} ", "/proc/self/limits"], "cwd": "/", "env": ["PATH=/bin"], "user": { "uid": 54321, "gid": 54321 },
              "rlimits": [{ "type": "RLIMIT_NPROC", "soft": {{limit}}, "hard": {{limit}} }] }
            """);
        Assert.That(runtime.Run("exec", "--process", file, id).ExitCode, Is.EqualTo(exitCode));
    }

    [Test]
    public void The_smallest_limits_still_let_hooks_run()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["rlimits"] = JsonNode.Parse(
            """[{ "type": "RLIMIT_NOFILE", "soft": 8, "hard": 8 }, { "type": "RLIMIT_AS", "soft": 4000000, "hard": 4000000 }]""");
        bundle.Config["hooks"] = JsonNode.Parse("""{ "startContainer": [{ "path": "/bin/true", "args": ["true"] }] }""");
        runtime.RunBundle(bundle).Expect(0);
    }

    [TestCase(500, "500")]
    [TestCase(null, "300")]
    [Must("oomScoreAdj.set"), Must("oomScoreAdj.unset")]
    public void An_oom_score_that_is_not_set_MUST_NOT_be_changed(int? score, string expected)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/proc/self/oom_score_adj");
        if (score is not null)
            bundle.Process["oomScoreAdj"] = score;
        Result result = runtime.Execute(["/bin/sh", "-c", "echo 300 >/proc/self/oom_score_adj; exec "
            + "\"$@\"", "sh", .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]).Expect(0);
        Assert.That(result.Output, Is.EqualTo(expected + "\n"));
    }

    [TestCase(0, "/root")]
    [TestCase(1000, "/home")]
    [TestCase(4242, "/")]
    public void A_home_that_is_not_set_is_the_containers_passwds(int uid, string home)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("echo $HOME");
        bundle.Process["user"]!["uid"] = uid;
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(home + "\n"));
    }

    [Test]
    public void A_fifo_for_a_passwd_hangs_nobody()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("echo $HOME");
        string passwd = Path.Combine(bundle.Rootfs, "etc/passwd");
        File.Delete(passwd);
        Rootfs.MountTests.Mount("mkfifo", passwd);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/\n"));
    }

    [Test]
    public void An_image_without_a_procfs_may_have_anything_there()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("echo", "ran");
        bundle.Mounts.RemoveAt(0);
        bundle.Linux["maskedPaths"] = new JsonArray();
        bundle.Linux["readonlyPaths"] = new JsonArray();
        string self = Path.Combine(bundle.Rootfs, "proc/self");
        Directory.CreateDirectory(Path.Combine(self, "fd"));
        foreach (string name in new[] { "pagemap", "mountinfo", "cgroup", "setgroups" })
            Rootfs.MountTests.Mount("mkfifo", Path.Combine(self, name));
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("ran\n"));
    }

    [Test]
    public void Of_two_variables_of_one_name_the_last_counts()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("env");
        bundle.Process["env"] = new JsonArray("PATH=/bin", "A=1", "B=x=y", "A=2", "HOME=");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("PATH=/bin\nB=x=y\nA=2\nHOME=/root\n"));
    }

    [Test]
    public void Hostname_and_domainname_are_those_of_the_uts_namespace()
    {
        using Runtime runtime = Runtime.Create();
        string before = File.ReadAllText("/proc/sys/kernel/domainname");
        Bundle bundle = runtime.NewBundle().Says("hostname; cat /proc/sys/kernel/domainname");
        bundle.Config["hostname"] = "its-name";
        bundle.Config["domainname"] = "its.domain";
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("its-name\nits.domain\n"));
        Assert.That(File.ReadAllText("/proc/sys/kernel/domainname"), Is.EqualTo(before));
    }

    [Test]
    public void Sysctls_are_set_in_the_containers_namespaces()
    {
        using Runtime runtime = Runtime.Create();
        string before = File.ReadAllText("/proc/sys/kernel/shmmni");
        Bundle bundle = runtime.NewBundle("cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/shmmni",
            "/proc/sys/net/ipv4/conf/lo/forwarding", "/proc/sys/fs/mqueue/msg_max");
        bundle.Linux["sysctl"] = new JsonObject
        {
            ["net.ipv4.ip_forward"] = "1",
            ["kernel.shmmni"] = "1234",
            ["net/ipv4/conf/lo/forwarding"] = "0",
            ["fs.mqueue.msg_max"] = "20"
        };
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1\n1234\n0\n20\n"));
        Assert.That(File.ReadAllText("/proc/sys/kernel/shmmni"), Is.EqualTo(before));
    }

    [Test]
    public void A_sysctl_that_the_kernel_refuses_is_named()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["sysctl"] = new JsonObject { ["kernel.shmmni"] = "many" };
        runtime.RunBundle(bundle).ExpectError("cannot set sysctl kernel.shmmni").ExpectError("/linux/sysctl/kernel.shmmni");
    }

    [Test]
    public void The_scheduler_is_the_configs()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("cut -d' ' -f19,41 /proc/self/stat");
        bundle.Process["scheduler"] = JsonNode.Parse("""{ "policy": "SCHED_BATCH", "nice": 7 }""");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("7 3\n"));
    }

    [Test]
    public void The_io_priority_is_the_configs()
    {
        if (!File.Exists("/usr/bin/ionice"))
            Assert.Ignore("ionice is not installed");
        using Runtime runtime = Runtime.Create();
        int pid = runtime.Sleeper(b => b.Process["ioPriority"] = JsonNode.Parse("""{ "class": "IOPRIO_CLASS_BE", "priority": 6 }"""));
        Assert.That(runtime.Execute(["/usr/bin/ionice", "-p", $"{pid}"]).Expect(0).Output, Is.EqualTo("best-effort: prio 6\n"));
    }

    [Test]
    public void The_personality_is_the_configs()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("uname -m; cat /proc/self/personality");
        bundle.Linux["personality"] = JsonNode.Parse("""{ "domain": "LINUX32" }""");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("i686\n00000008\n"));
    }

    [Test]
    public void The_containers_user_owns_its_standard_streams()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("stat -L -c %u /proc/self/fd/1 && echo more >/dev/stdout");
        bundle.Process["user"]!["uid"] = 1000;
        bundle.Process["capabilities"] = new JsonObject();
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Does.Contain("more\n"));
        Assert.That(File.GetUnixFileMode("/dev/null"), Is.EqualTo((UnixFileMode)0x1B6));
    }

    [Test]
    public void Signals_that_the_caller_ignores_or_blocks_are_at_their_defaults()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("grep", "^Sig[BIC]", "/proc/self/status");
        Result result = runtime.Execute(["/bin/sh", "-c", "trap '' HUP INT TERM PIPE USR1 CHLD; exec "
            + "\"$@\"", "sh", .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]).Expect(0);
        Assert.That(result.Output, Is.EqualTo("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n"));
    }

    [TestCase(15, 143)]
    [TestCase(2, 130)]
    [TestCase(1, 129)]
    [TestCase(10, 138)]
    [TestCase(34, 162)]
    [TestCase(64, 192)]
    public void Run_forwards_signals_and_ends_as_the_program_does(int signal, int exitCode)
    {
        using Runtime runtime = Runtime.Create();
        // Not its PID namespace's first process: that one is deaf to signals it does not handle.
        Bundle bundle = runtime.NewBundle("sleep", "100").WithoutNamespace("pid");
        string id = Runtime.NewId();
        Child run = Child.Start(runtime.Command("run", "--bundle", bundle.Write().Path, id), errors: Path.Combine(runtime.Work, "err"));
        while (!File.Exists(Path.Combine(runtime.Root, id, "state.json")) || runtime.Run("state", id) is not { ExitCode: 0 } state
            || !state.Output.Contains("\"running\""))
            System.Threading.Thread.Sleep(10);
        run.Kill(signal);
        Assert.That(run.Wait(System.TimeSpan.FromSeconds(10)), Is.EqualTo(exitCode));
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    [Test]
    public void Run_keep_leaves_the_container_to_be_deleted()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle().Says("exit 3").Write();
        runtime.Run("run", "--keep", "--bundle", bundle.Path, id).Expect(3);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void The_session_keyring_is_the_containers_own_unless_the_callers_is_kept()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("grep", "-c", $"_ses.{id}[.]", "/proc/keys");
        bundle.Linux["maskedPaths"] = new JsonArray();
        Assert.That(runtime.Run("run", "--bundle", bundle.Write().Path, id).Output, Is.EqualTo("1\n"));
        // The first one's is collected some time after its end.
        string other = Runtime.NewId();
        bundle.Process["args"]![2] = $"_ses.{other}[.]";
        Assert.That(runtime.Run("run", "--no-new-keyring", "--bundle", bundle.Write().Path, other).Output, Is.EqualTo("0\n"));
    }

    [Test]
    public void The_pid_file_has_the_hosts_number_and_no_newline()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), file = Path.Combine(runtime.Work, "x.pid");
        runtime.Run("run", "--detach", "--pid-file", file, "--bundle", runtime.NewBundle("sleep", "100").Path, id).Expect(0);
        Assert.That(File.ReadAllText(file), Is.EqualTo($"{runtime.Pid(id)}"));
    }
}
