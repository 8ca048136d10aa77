using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>exec enters a container that is hostile by then.</summary>
internal sealed class ExecTests
{
    private Runtime runtime = null!;

    [SetUp]
    public void Begin() => runtime = Runtime.Create();

    [TearDown]
    public void End() => runtime?.Dispose();

    /// <summary>CVE-2024-21626.</summary>
    [Test]
    public void No_descriptor_is_a_working_directory_or_a_program(
        [Values("/proc/self/fd/{0}", "/proc/self/fd/{0}/../..", "/proc/1/fd/{0}")] string path)
    {
        using Sentinel sentinel = new();
        string id = Sleeping();
        Assert.Multiple(() =>
        {
            for (int number = 3; number <= 32; number++)
            {
                string at = string.Format(CultureInfo.InvariantCulture, path, number);
                Result cwd = Inheriting(sentinel, "exec", "--cwd", at, id, "ls");
                Assert.That((cwd.ExitCode, cwd.Output), Is.EqualTo((255, "")), at);
                Assert.That(Inheriting(sentinel, "exec", id, at).ExitCode, Is.EqualTo(255), at);
            }
        });
    }

    [Test]
    public void A_link_of_the_container_to_a_descriptor_leads_nowhere()
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000").WithLink("link", "/proc/self/fd/7");
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        using Sentinel sentinel = new();
        Inheriting(sentinel, "exec", "--cwd", "/link", id, "ls").Expect(255);
    }

    [Test]
    public void No_descriptor_of_the_host_is_seen()
    {
        using Sentinel sentinel = new();
        Result result = Inheriting(sentinel, "exec", Sleeping(), "ls", "/proc/self/fd");
        Assert.That(result.Expect(0).Output, Is.EqualTo("0\n1\n2\n3\n"), "3 is what ls opens");
    }

    /// <summary>CVE-2019-5736.</summary>
    [Test]
    public void The_binary_that_execs_cannot_be_written([Values("/proc/self/exe", "/script")] string program)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000").WithAllCapabilities();
        string script = Path.Combine(bundle.Rootfs, "script"), id = Runtime.NewId();
        File.WriteAllText(script, "#!/proc/self/exe --version\n");
        File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        runtime.StartContainer(id, bundle);
        byte[] before = File.ReadAllBytes(runtime.Program);
        runtime.Execute(runtime.Command("exec", id, program, "--version"), environment: ["PATH=/bin"]);
        // A detached exec of the runtime's own image, held from inside while it runs.
        Child exec = Child.Start(runtime.Command("exec", id, "sleep", "5"), environment: ["PATH=/bin"]);
        using (Fd held = Await($"/proc/{exec.Pid}/exe", runtime.Program))
        {
            runtime.Run("kill", id, "KILL").Expect(0);
            exec.Wait(TimeSpan.FromSeconds(30));
            using Fd? written = Sys.TryOpenAt(Fd.Cwd, $"/proc/self/fd/{held.Number}", O_WRONLY, out SysError error);
            Assert.That((written, error.Errno), Is.EqualTo(((Fd?)null, EROFS)));
        }
        Assert.That(File.ReadAllBytes(runtime.Program), Is.EqualTo(before));
    }

    /// <summary>CVE-2016-9962: a process of the container with ptrace watches for the process that enters.</summary>
    [Test]
    public void Who_shares_the_namespaces_cannot_look_into_the_process_that_enters([Values] bool mapped)
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", """
            touch /tmp/ready
            while [ ! -e /tmp/stop ]; do
              for p in /proc/[0-9]*; do
                [ "$(cat $p/comm 2>/dev/null)" = sharprunc ] || continue
                echo found >> /tmp/seen
                for f in environ mem maps; do dd if=$p/$f bs=1 count=1 2>/dev/null > /tmp/got; [ -s /tmp/got ] && [ "$(cat $p/comm)" = sharprunc ] && echo $f >> /tmp/leaked; done
                for l in fd/0 fd/1 root cwd exe; do readlink $p/$l >/dev/null 2>&1 && [ "$(cat $p/comm)" = sharprunc ] && echo $l >> /tmp/leaked; done
                [ -n "$(ls $p/map_files 2>/dev/null)" ] && [ "$(cat $p/comm)" = sharprunc ] && echo map_files >> /tmp/leaked
              done
            done
            touch /tmp/done; sleep 100
            """);
        // On the host CAP_SYS_PTRACE is the power to look into everyone.
        if (mapped)
            bundle.WithUserNamespace().WithAllCapabilities();
        string tmp = Path.Combine(bundle.Rootfs, "tmp"), id = Runtime.NewId();
        File.SetUnixFileMode(tmp, (UnixFileMode)0x1FF);
        runtime.StartContainer(id, bundle.Write());
        AwaitFile(Path.Combine(tmp, "ready"));
        // Held where it sets the one limit that it sets itself: as long in the container's PID namespace as an attacker could wish.
        string file = Path.Combine(runtime.Work, "process.json");
        File.WriteAllText(file,
            """{ "args": ["true"], "cwd": "/", "env": ["PATH=/bin"], "rlimits": [{ "type": "RLIMIT_NPROC", "soft": 100, "hard": 100 }] }""");
        Strace.Require();
        string[] slow = ["/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "trace=prlimit64", "-e", "inject=prlimit64:delay_enter=300000",
            .. runtime.Command("exec", "--process", file, id)];
        runtime.Execute(slow).Expect(0);
        File.WriteAllText(Path.Combine(tmp, "stop"), "");
        AwaitFile(Path.Combine(tmp, "done"));
        Assert.That(File.Exists(Path.Combine(tmp, "seen")), Is.True, "the attacker saw it");
        Assert.That(File.Exists(Path.Combine(tmp, "leaked")) ? File.ReadAllText(Path.Combine(tmp, "leaked")) : "", Is.Empty);
    }

    /// <summary>
    /// Who may trace it there stops it in its first instruction, and would have it open /dev/tty: the session, and the terminal with it, is
    /// left outside.
    /// </summary>
    [Test]
    public void Who_is_born_inside_has_no_terminal_of_the_callers([Values] bool detached)
    {
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000").Write());
        int births = 0;
        foreach (List<Strace.Call> calls in Strace.TraceAll(runtime,
            runtime.Command(["exec", .. detached ? (string[])["--detach"] : [], id, "true"])))
            if (calls.FindIndex(call => call.Name == "clone" && call.Arguments.Contains("CLONE_PARENT")) is >= 0 and var birth)
            {
                births++;
                Assert.That(calls.FindIndex(call => call.Name == "setsid"), Is.InRange(0, birth), string.Join('\n', calls));
            }
        Leftovers.Reap();
        Assert.That(births, Is.EqualTo(1));
    }

    /// <summary>A program without privilege is root in a user namespace of its own, and mounts there what it likes over /bin.</summary>
    [Test]
    public void Exec_does_not_follow_an_init_into_a_user_namespace_of_its_own([Values] bool mapped)
    {
        string id = Unsharing("-U -r -m", bundle =>
        {
            bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
            if (mapped)
                bundle.WithUserNamespace();
        });
        runtime.Run("exec", "--user", "0", id, "true").ExpectError("a different user namespace from the one it was created", 255);
    }

    [Test]
    public void An_init_that_is_the_containers_root_may_have_mounts_of_its_own([Values] bool mapped)
    {
        string id = Unsharing("-m", bundle =>
        {
            bundle.WithAllCapabilities();
            if (mapped)
                bundle.WithUserNamespace();
        });
        Assert.That(runtime.Run("exec", id, "cat", "/mnt/own").Expect(0).Output, Is.EqualTo("own\n"));
    }

    /// <summary>The state of a version that did not remember it.</summary>
    [Test]
    public void A_container_whose_user_namespace_was_not_remembered_is_entered_as_before()
    {
        string id = Sleeping(), file = Path.Combine(runtime.Root, id, "state.json");
        JsonObject state = (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;
        Assert.That(state.Remove("userNamespace") && state.Remove("foreignOwners"), Is.True);
        File.WriteAllText(file, state.ToJsonString());
        runtime.Run("exec", id, "true").Expect(0);
    }

    /// <summary>
    /// CAP_KILL stops who comes in at its first moment, and the runtime is killed then: what is left has no more than its program would
    /// have.
    /// </summary>
    [Test]
    public void A_process_that_is_stopped_as_it_comes_in_has_no_privilege_but_its_programs()
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", "touch /tmp/ready; while :; do for p in /proc/[0-9]*; do [ ${p#/proc/} -gt 1 ] && "
            + "kill -STOP ${p#/proc/} 2>/dev/null; done; done");
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        AwaitFile(Path.Combine(bundle.Rootfs, "tmp/ready"));
        for (int i = 0; i < 20; i++)
        {
            Child exec = Child.Start(runtime.Command("exec", id, "true"));
            int inside = AwaitStopped(exec.Pid);
            string status = inside == 0 ? "" : File.ReadAllText($"/proc/{inside}/status"),
                exe = inside == 0 ? "" : File.ReadAllText($"/proc/{inside}/comm");
            exec.Kill(9);
            exec.Wait(TimeSpan.FromSeconds(20));
            if (inside == 0)
                continue;
            Sys.TryKill(inside, SIGKILL);
            Child.Reap(inside);
            Assert.That(status, Does.Contain("CapPrm:\t00000000a80425fb\n").And.Contain("CapBnd:\t00000000a80425fb\n"), exe);
            return;
        }
        Assert.Ignore("nobody was stopped on the way in");
    }

    /// <summary>CVE-2022-29162.</summary>
    [Test]
    public void A_capability_is_added_but_never_inheritable_or_ambient()
    {
        string script = "grep -E '^Cap(Inh|Eff|Amb)' /proc/self/status";
        string plain = runtime.Run("exec", "--cap", "CAP_NET_ADMIN", Sleeping(), "sh", "-c", script).Expect(0).Output;
        Assert.That(plain, Is.EqualTo("CapInh:\t0000000000000000\nCapEff:\t00000000a80435fb\nCapAmb:\t0000000000000000\n"));
        string both = runtime.Run("exec", "-c", "CAP_KILL", Sleeping(bundle =>
        {
            foreach (string set in new[] { "inheritable", "ambient" })
                bundle.Process["capabilities"]![set] = new JsonArray("CAP_KILL");
        }), "sh", "-c", script).Expect(0).Output;
        Assert.That(both, Is.EqualTo("CapInh:\t0000000000000020\nCapEff:\t00000000a80425fb\nCapAmb:\t0000000000000020\n"));
    }

    [TestCase("CAP_ALL", "--cap: unknown capability \\\"CAP_ALL\\\" is ignored\"")]
    [TestCase("SYS_TIME", "--cap: unknown capability \\\"SYS_TIME\\\" is ignored; did you mean CAP_SYS_TIME?\"")]
    [TestCase("cap_sys_time", "--cap: unknown capability \\\"cap_sys_time\\\" is ignored; did you mean CAP_SYS_TIME?\"")]
    public void An_unknown_capability_is_said_and_not_given(string name, string message)
    {
        string[] command = ["--log", "/dev/stderr", "exec", "--cap", name, Sleeping(), "grep", "^CapEff", "/proc/self/status"];
        Result result = runtime.Run(command).Expect(0);
        Assert.That(result.Output, Is.EqualTo("CapEff:\t00000000a80425fb\n"));
        Assert.That(result.Errors, Does.Contain(message));
    }

    /// <summary>CVE-2016-3697, CVE-2026-30892.</summary>
    [TestCase("1", "1:0")]
    [TestCase("1000", "1000:0")]
    [TestCase("1000:5", "1000:5")]
    [TestCase("0", "0:0")]
    [TestCase("4294967294:4294967294", "4294967294:4294967294")]
    public void A_number_is_that_user_whatever_the_image_calls_it(string user, string expected)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        File.AppendAllText(Path.Combine(bundle.Rootfs, "etc/passwd"), "1000:x:0:0::/:/bin/sh\n1:x:0:0::/:/bin/sh\n");
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        Assert.That(runtime.Run("exec", "--user", user, id, "sh", "-c", "echo $(id -u):$(id -g)").Expect(0).Output,
            Is.EqualTo(expected + "\n"));
    }

    [Test]
    public void What_is_no_number_of_a_user_is_refused()
    {
        string id = Sleeping();
        Assert.Multiple(() =>
        {
            foreach (string user in new[] { "1x", "-1", "+1", " 1", "0x1", "4294967295", "4294967296", "18446744073709551616", "1:", ":1",
                "1:4294967296", "1:2:3", "root" })
                runtime.Run("exec", "--user", user, id, "true").ExpectError("--user: expected uid[:gid]", 255);
            runtime.Run("exec", "--additional-gids", "4294967295", id, "true").ExpectError("--additional-gids: expected a group", 255);
        });
    }

    /// <summary>The container's /dev/null is not what a null stdin becomes, and its owner stays.</summary>
    [Test]
    public void Streams_that_are_null_stay_the_hosts()
    {
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", "rm /dev/null; ln -s /tmp/victim /dev/null; touch /tmp/victim; sleep 1000");
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        AwaitFile(Path.Combine(bundle.Rootfs, "tmp/victim"));
        Assert.That(runtime.Run("exec", "--user", "1234", id, "stat", "-L", "-c", "%t:%T %u", "/proc/self/fd/0").Expect(0).Output,
            Is.EqualTo("1:3 0\n"));
        Assert.That(runtime.Run("exec", id, "stat", "-c", "%u", "/tmp/victim").Expect(0).Output, Is.EqualTo("0\n"));
    }

    /// <summary>A passwd of the container that is a FIFO, a link out, or huge must not hold or mislead the runtime.</summary>
    [TestCase("rm /etc/passwd; mknod /etc/passwd p")]
    [TestCase("rm /etc/passwd; ln -s /proc/1/fd/0 /etc/passwd")]
    [TestCase("rm /etc/passwd; ln -s /dev/zero /etc/passwd")]
    public void The_containers_own_files_cannot_hold_it_up(string trap)
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", trap + "; touch /tmp/set; sleep 1000");
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        AwaitFile(Path.Combine(bundle.Rootfs, "tmp/set"));
        Assert.That(runtime.Run("exec", "--user", "1000", id, "sh", "-c", "echo $HOME").Expect(0).Output, Is.EqualTo("/\n"));
    }

    private string Sleeping(Action<Bundle>? change = null)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        change?.Invoke(bundle);
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle.Write());
        return id;
    }

    /// <summary>Its init unshares with these flags, and mounts what is its own on /mnt.</summary>
    private string Unsharing(string flags, Action<Bundle> change)
    {
        Bundle bundle = runtime.NewBundle("sh", "-c",
            $"exec busybox unshare {flags} busybox sh -c 'busybox mount -t tmpfs own /mnt && echo own >/mnt/own && busybox touch "
            + $"/tmp/ready; exec busybox sleep 1000'");
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x1FF);
        change(bundle);
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle.Write());
        AwaitFile(Path.Combine(bundle.Rootfs, "tmp/ready"));
        return id;
    }

    /// <returns>A child of that process that is stopped; 0: there was none in a second.</returns>
    private static int AwaitStopped(int parent)
    {
        for (int i = 0; i < 1000; i++, System.Threading.Thread.Sleep(1))
            try
            {
                foreach (string child in File.ReadAllText($"/proc/{parent}/task/{parent}/children")
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    if (File.ReadAllText($"/proc/{child}/stat").Contains(") T ", StringComparison.Ordinal))
                        return int.Parse(child, CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // it has just ended
            }
        return 0;
    }

    /// <summary>The runtime is given descriptors of the host's directories, as a careless caller would.</summary>
    private Result Inheriting(Sentinel sentinel, params string[] arguments)
    {
        List<string> command = ["/bin/bash", "-c", $"exec 7<'{sentinel.Path}' 9</ 20<'{sentinel.Path}'; exec \"$@\"", "bash",
            .. runtime.Command(arguments)];
        return runtime.Execute(command);
    }

    /// <summary>Once sealed it is the root of a mount of its own, which the link calls "/": that may be within a millisecond.</summary>
    private static Fd Await(string link, string target)
    {
        for (int i = 0; i < 500; i++, System.Threading.Thread.Sleep(5))
            if (new FileInfo(link).LinkTarget is { } seen
                && (seen == "/" || seen.EndsWith(Path.GetFileName(target), StringComparison.Ordinal))
                && Sys.TryOpenAt(Fd.Cwd, link, O_PATH, out _) is { } fd)
            {
                System.Threading.Thread.Sleep(100);
                using Fd early = fd;
                return Sys.OpenAt(Fd.Cwd, link, O_PATH);
            }
        throw new TimeoutException($"{link} never was {target}");
    }

    private static void AwaitFile(string file)
    {
        for (int i = 0; i < 1000; i++, System.Threading.Thread.Sleep(10))
            if (File.Exists(file))
                return;
        Assert.Fail($"{file} never came");
    }
}
