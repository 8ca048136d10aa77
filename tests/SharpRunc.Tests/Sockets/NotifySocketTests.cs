using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Attacks;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Sockets;

/// <summary>What systemd is told of a container's program.</summary>
internal sealed class NotifySocketTests
{
    /// <summary>
    /// busybox has no nc that speaks datagrams to a path: the host's own socat-less way is python3, in a rootfs that is the host's /usr.
    /// </summary>
    private const string Say = "python3 -c 'import os, socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); "
        + "s.sendto(sys.argv[1].encode(), os.environ[\"NOTIFY_SOCKET\"])' ";

    [Test]
    public void Run_detached_returns_when_the_program_is_ready_and_systemd_knows_whom_to_watch()
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        string id = Runtime.NewId();
        Child run = Start(runtime, systemd, Speaker(runtime, Say + "READY=1; exec sleep 1000"), id, "run", "--detach");
        AnswersReady(systemd, () => runtime.Pid(id));
        Assert.That(run.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    public void Create_does_not_wait_and_start_does()
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        string id = Runtime.NewId(), go = "go";
        Bundle bundle = Speaker(runtime, $"while ! [ -e /{go} ]; do sleep 0.01; done; {Say} READY=1; exec sleep 1000");
        Assert.That(Start(runtime, systemd, bundle, id, "create").Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        Child start = Child.Start(runtime.Command("start", id), environment: Environment(systemd));
        while (runtime.Status(id) != "running") { }
        Assert.That(start.ExitCode, Is.Null);
        Assert.That(systemd.IsEmpty);
        File.WriteAllText(Path.Combine(bundle.Rootfs, go), "");
        AnswersReady(systemd, () => runtime.Pid(id));
        Assert.That(start.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
    }

    /// <summary>The runtime is what systemd started, and it ends as the program does.</summary>
    [Test]
    public void An_attached_run_is_itself_the_process_to_watch()
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        Bundle bundle = Speaker(runtime, $"{Say} READY=1; while ! [ -e /go ]; do sleep 0.01; done; exit 7");
        Child run = Start(runtime, systemd, bundle, Runtime.NewId(), "run");
        AnswersReady(systemd, () => run.Pid);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "go"), "");
        Assert.That(run.Wait(TimeSpan.FromSeconds(20)), Is.EqualTo(7));
    }

    [Test]
    public void An_attached_run_forwards_signals_while_systemd_does_not_answer()
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        Child run = Start(runtime, systemd, Speaker(runtime, $"trap 'exit 9' TERM; {Say} READY=1; while :; do sleep 0.01; done"),
            Runtime.NewId(), "run");
        Assert.That(systemd.Receive().Text, Is.EqualTo("READY=1\n"));
        systemd.Receive();
        (_, Fd[] barrier) = systemd.Receive();
        run.Kill(15);
        Assert.That(run.Wait(TimeSpan.FromSeconds(20)), Is.EqualTo(9));
        barrier[0].Dispose();
    }

    [TestCase("run", "--detach")]
    [TestCase("run")]
    public void A_program_that_ends_without_being_ready_keeps_nobody_waiting(params string[] command)
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        Start(runtime, systemd, Speaker(runtime, Say + "STATUS=no"), Runtime.NewId(), command).Wait(TimeSpan.FromSeconds(20));
        Assert.That(systemd.IsEmpty);
    }

    [Test]
    public void Only_that_it_is_ready_is_told_and_a_barrier_of_its_own_is_answered()
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        string id = Runtime.NewId();
        const string barrier = "import os, socket; r, w = os.pipe(); s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); "
            + "s.connect(os.environ[\"NOTIFY_SOCKET\"]); socket.send_fds(s, [b\"BARRIER=1\"], [w]); os.close(w); print(os.read(r, 1))";
        Bundle bundle = Speaker(runtime, $"{Say} MAINPID=1; {Say} 'STATUS=1\nFDSTORE=1'; python3 "
            + $"-c '{barrier}'; {Say} 'STATUS=up\nREADY=1\nMAINPID=1\nERRNO=2'; exec sleep 1000");
        Child run = Start(runtime, systemd, bundle, id, "run", "--detach");
        AnswersReady(systemd, () => runtime.Pid(id));
        Assert.That(run.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        Assert.That(systemd.IsEmpty);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "out")), Is.EqualTo("b''\n"));
    }

    [Test]
    public void The_mount_is_read_only_and_nothing_but_the_socket_is_in_it()
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        Bundle bundle = runtime.NewBundle()
            .Says("grep ' /run/notify ' /proc/self/mountinfo | cut -d' ' -f5,6; ls /run/notify; echo $NOTIFY_SOCKET; touch /run/notify/x "
                + "|| echo refused");
        Child run = Start(runtime, systemd, bundle, Runtime.NewId(), "run");
        Assert.That(run.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "out")),
            Does.StartWith("/run/notify ro,nosuid,nodev,noexec").And.EndWith("\nnotify.sock\n/run/notify/notify.sock\nrefused\n"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Any_user_of_the_container_may_say_so(bool mapped)
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        string id = Runtime.NewId();
        Bundle bundle = Speaker(runtime, Say + "READY=1; exec sleep 1000");
        bundle.Process["user"]!["uid"] = 1000;
        if (mapped)
            bundle.MapsUsers().Mounting("/run", "tmpfs", "tmpfs"); // a mapped root may not make a directory in the image
        Child run = Start(runtime, systemd, bundle, id, "run", "--detach");
        AnswersReady(systemd, () => runtime.Pid(id));
        Assert.That(run.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
    }

    [Test]
    public void Without_the_variable_there_is_nothing_of_it()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.Execute(runtime.Command("create", "--bundle", runtime.NewBundle("sleep", "1000").Path, id),
            environment: ["PATH=/usr/bin", "NOTIFY_SOCKET="]).Expect(0);
        Assert.That(Directory.Exists(Path.Combine(runtime.Root, id, "notify")), Is.False);
        // Set for start alone: this container cannot tell, so nobody waits for it.
        runtime.Execute(runtime.Command("start", id), environment: ["PATH=/usr/bin", "NOTIFY_SOCKET=/nothing"]).Expect(0);
    }

    [Test]
    public void Where_nobody_listens_run_goes_on_and_start_does_not()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("touch", "/ran");
        string[] environment = ["PATH=/usr/bin", "NOTIFY_SOCKET=/nothing"];
        string[] run = runtime.Command("--log", "/dev/stderr", "run", "--bundle", bundle.Path, Runtime.NewId());
        Assert.That(runtime.Execute(run, environment: environment).Expect(0).Errors,
            Does.Contain("$NOTIFY_SOCKET: connect /nothing: no such file or directory"));
        File.Delete(Path.Combine(bundle.Rootfs, "ran"));
        string id = Runtime.NewId();
        runtime.Execute(runtime.Command("create", "--bundle", bundle.Path, id), environment: environment).Expect(0);
        runtime.Execute(runtime.Command("start", id), environment: environment)
            .ExpectError("$NOTIFY_SOCKET: connect /nothing: no such file or directory");
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "ran")), Is.False);
        Assert.That(runtime.Status(id), Is.EqualTo("created"));
        runtime.Run("start", id).Expect(0);
    }

    /// <summary>The place of the mount is resolved in the container's root, wherever the image's links point.</summary>
    [TestCase("run/notify", "@")]
    [TestCase("run/notify", "../../../../../../../../@")]
    [TestCase("run", "@")]
    public void A_link_in_the_image_never_leads_to_the_host(string name, string target)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        using Listener systemd = new(SocketType.Dgram);
        Bundle bundle = runtime.NewBundle().Says("grep -c notify /proc/self/mountinfo")
            .WithLink(name, target.Replace("@", sentinel.Path, StringComparison.Ordinal)).Write();
        Child run = Start(runtime, systemd, bundle, Runtime.NewId(), "run");
        Assert.That(run.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "out")), Is.EqualTo("1\n"));
    }

    [Test]
    public void What_a_container_leaves_beside_the_socket_does_not_keep_its_state()
    {
        using Runtime runtime = Runtime.Create();
        using Listener systemd = new(SocketType.Dgram);
        string id = Runtime.NewId();
        Assert.That(Start(runtime, systemd, runtime.NewBundle("true"), id, "create").Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        string notify = Path.Combine(runtime.Root, id, "notify");
        Directory.CreateDirectory(Path.Combine(notify, "a/b"));
        File.WriteAllText(Path.Combine(notify, "a/b/c"), "");
        File.CreateSymbolicLink(Path.Combine(notify, "a/l"), "/etc");
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    [TestCase("READY=1", "READY=1")]
    [TestCase("STATUS=x\nREADY=1\n", "READY=1")]
    [TestCase("READY=0\nREADY=1", "READY=0")]
    [TestCase("STATUS=READY=1", "")]
    [TestCase("NOTREADY=1\n\n", "")]
    [TestCase("", "")]
    public void Ready_is_a_line_of_its_own(string message, string line)
        => Assert.That(Encoding.UTF8.GetString(Core.Sockets.NotifyRelay.Ready(Encoding.UTF8.GetBytes(message))), Is.EqualTo(line));

    /// <summary>A bundle whose programs are the host's, read-only, for its python3.</summary>
    private static Bundle Speaker(Runtime runtime, string script)
    {
        if (!File.Exists("/usr/bin/python3"))
            Assert.Ignore("python3 is not installed");
        Bundle bundle = runtime.NewBundle().Says(script).Mounting("/usr", "none", "/usr", "rbind", "ro");
        foreach (string library in new[] { "lib", "lib64" })
            File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, library), "usr/" + library);
        return bundle.Write();
    }

    private static string[] Environment(Listener systemd) => ["PATH=/usr/sbin:/usr/bin", "NOTIFY_SOCKET=" + systemd.Path];

    private static Child Start(Runtime runtime, Listener systemd, Bundle bundle, string id, params string[] command)
        => Child.Start(runtime.Command([.. command, "--bundle", bundle.Write().Path, id]), Path.Combine(runtime.Work, "out"),
            Path.Combine(runtime.Work, "err"), environment: Environment(systemd));

    private static void AnswersReady(Listener systemd, Func<int> mainPid)
    {
        Assert.That(systemd.Receive().Text, Is.EqualTo("READY=1\n"));
        Assert.That(systemd.Receive().Text, Is.EqualTo($"MAINPID={mainPid()}\n"));
        (string text, Fd[] fds) = systemd.Receive();
        Assert.That(text, Is.EqualTo("BARRIER=1"));
        Assert.That(fds, Has.Length.EqualTo(1));
        fds[0].Dispose();
    }
}
