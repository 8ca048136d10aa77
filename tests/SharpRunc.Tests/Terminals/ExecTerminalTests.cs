using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Attacks;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Terminals;

/// <summary>exec with a terminal: --tty, or a process.json with terminal.</summary>
internal sealed class ExecTerminalTests : AtTerminal
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<int> detached = [];

    [TearDown]
    public void Who_was_detached_is_gone()
    {
        foreach (int pid in detached)
        {
            Sys.TryKill(pid, 9);
            Child.Reap(pid);
        }
        detached.Clear();
    }

    [Test]
    public void It_has_a_terminal_of_its_own_that_is_as_large_and_the_container_gets_no_console([Values] bool mapped)
    {
        string id = Sleeping(bundle =>
        {
            if (mapped)
                bundle.MapsUsers().WithoutSysfs();
        });
        Assert.That(terminal.Run(Exec("-t", id, "sh", "-c", "tty; stty size; ls /dev/console 2>/dev/null; echo >/dev/tty; exit 7"))
            .Expect(7).Output, Is.EqualTo("/dev/pts/0\n30 90\n\n"));
    }

    [Test]
    public void Beside_the_containers_own_terminal_it_is_another_one()
    {
        using ConsoleListener listener = new();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Process["terminal"] = true;
        string id = Runtime.NewId();
        runtime.CreateContainer(id, bundle.Write(), "--console-socket", listener.Path);
        using TestTerminal containers = listener.Accept();
        runtime.Run("start", id).Expect(0);
        Assert.That(terminal.Run(Exec("--tty", id, "sh", "-c", "tty; echo to the console >/dev/console")).Expect(0).Output,
            Is.EqualTo("/dev/pts/1\n"));
        containers.ReadUntil("to the console\n");
    }

    [Test]
    public void It_belongs_to_the_processs_user()
        => Assert.That(terminal.Run(Exec("-t", "--user", "1000:1000", Sleeping(), "stat", "-c", "%a:%u:%g", "/dev/pts/0")).Expect(0).Output,
            Is.EqualTo("620:1000:5\n"));

    [Test]
    public void Keys_resizes_and_signals_reach_it()
    {
        Child child = terminal.Start(Exec("-t", Sleeping(), "sh", "-c",
            "trap 'echo got INT' INT; trap 'stty size' WINCH; trap 'exit 6' TERM; echo ready; while :; do sleep 0.05; done"));
        terminal.ReadUntil("ready\n");
        Eventually.Holds(() => terminal.IsRaw, "raw");
        terminal.Type("\x03");
        terminal.ReadUntil("got INT\n");
        terminal.Resize(50, 132);
        terminal.ReadUntil("50 132\n");
        child.Kill(15);
        Assert.That(child.Wait(Patience), Is.EqualTo(6));
    }

    [Test]
    public void All_that_it_wrote_is_shown_before_the_end()
        => Assert.That(terminal.Run(Exec("-t", Sleeping(), "sh", "-c", "seq 1 20000; echo END")).Expect(0).Output,
            Does.StartWith("1\n2\n3\n").And.EndWith("\n19999\n20000\nEND\n").And.Length.EqualTo(108_898));

    [Test]
    public void What_it_leaves_behind_may_write_on_but_is_not_waited_for()
    {
        string id = Sleeping();
        Child child = terminal.Start(Exec("-t", id, "sh", "-c", "trap '' HUP; yes & echo ready; sleep 0.1"));
        terminal.ReadUntil("ready\n");
        while (!TestTerminal.TryWait(child))
            terminal.ReadRest();
        Assert.That(child.ExitCode, Is.Zero);
    }

    [Test]
    public void A_kill_of_the_runtime_restores_it()
    {
        string pidFile = Path.Combine(runtime.Work, "pid");
        Child child = terminal.Start(Exec("-t", "--pid-file", pidFile, Sleeping(), "sh", "-c", "echo ready; sleep 1000"));
        terminal.ReadUntil("ready\n");
        Eventually.Holds(() => File.Exists(pidFile), "the pid file");
        detached.Add(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
        Eventually.Holds(() => terminal.IsRaw, "raw");
        child.Kill(9);
        child.Wait();
        Guardians.ExpectRestored(terminal, modes);
    }

    [Test]
    public void A_program_that_is_missing_leaves_the_terminal_alone()
        => Assert.That(terminal.Run(Exec("-t", Sleeping(), "/missing")).Expect(255).Output, Does.Contain("/missing"));

    [TestCase(true)]
    [TestCase(false)]
    public void Detached_its_master_goes_to_the_socket(bool byFile)
    {
        string id = Sleeping();
        using ConsoleListener listener = new();
        string pidFile = Path.Combine(runtime.Work, "pid");
        string[] process = byFile ? ["--process", ProcessFile(80, 25)] : ["--tty"];
        string[] program = byFile ? [] : ["sh", "-c", "tty; cat"];
        runtime.Run(["exec", "--detach", "--console-socket", listener.Path, "--pid-file", pidFile, .. process, id, .. program]).Expect(0);
        using TestTerminal other = listener.Accept(out string name);
        detached.Add(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
        Assert.That(name, Is.EqualTo("/dev/pts/0"));
        other.ReadUntil("/dev/pts/0\n");
        if (byFile)
            other.ReadUntil("25 80\n");
        other.Type("ping\n");
        other.ReadUntil("ping\nping\n");
    }

    [TestCase("cannot allocate tty if sharprunc will detach without setting console socket", "--detach", "--tty")]
    [TestCase("cannot use console socket if sharprunc will not detach or allocate tty", "--detach", "--console-socket")]
    [TestCase("cannot use console socket if sharprunc will not detach or allocate tty", "--tty", "--console-socket")]
    public void Flags_that_do_not_go_together_are_refused(string error, params string[] flags)
    {
        using ConsoleListener listener = new();
        string id = Sleeping();
        string[] socket = flags[^1] == "--console-socket" ? [listener.Path] : [];
        runtime.Run(["exec", .. flags, .. socket, id, "true"]).ExpectError(error, 255);
        listener.ExpectNothing();
    }

    [Test]
    public void A_socket_that_nobody_listens_on_is_a_clear_error()
        => runtime.Run("exec", "-d", "-t", "--console-socket", "/nowhere", Sleeping(), "true")
        .ExpectError("cannot connect to the console socket", 255);

    [Test]
    public void What_the_container_put_in_place_of_its_devpts_is_refused()
    {
        string fake = Directory.CreateDirectory(Path.Combine(runtime.Work, "fake")).FullName;
        runtime.Execute(["/usr/bin/mknod", Path.Combine(fake, "ptmx"), "c", "5", "2"]).Expect(0);
        File.CreateSymbolicLink(Path.Combine(fake, "0"), "/victim");
        string id = Sleeping(bundle => bundle.WithoutMounts("/dev/pts").WithMount("/dev/pts", "bind", fake, "rbind"));
        Assert.That(terminal.Run(Exec("-t", id, "true")).Expect(255).Output, Does.Contain("/dev/pts is not a devpts"));
    }

    [TestCase("umount /dev/pts && rmdir /dev/pts && ln -s /proc/1/fd /dev/pts")]
    [TestCase("umount /dev/pts && rmdir /dev/pts && mkfifo /dev/pts")]
    [TestCase("umount /dev/pts && mount -t tmpfs t /dev/pts && mkfifo /dev/pts/ptmx")]
    [TestCase("mount --bind /dev/null /dev/pts/ptmx")]
    public void A_container_that_may_mount_gets_nothing_by_it(string attack)
    {
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sh", "-c", attack + " && exec sleep 1000").WithAllCapabilities();
        int pid = runtime.StartContainer(id, bundle.Write());
        Eventually.Holds(() => File.ReadAllText($"/proc/{pid}/comm") == "sleep\n", "the attack is prepared");
        Assert.That(terminal.Run(Exec("-t", id, "true")).Expect(255).Output, Does.Contain("cannot allocate a terminal"));
    }

    private string Sleeping(Action<Bundle>? change = null)
    {
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        change?.Invoke(bundle);
        runtime.StartContainer(id, bundle);
        return id;
    }

    private string[] Exec(params string[] arguments) => runtime.Command(["exec", .. arguments]);

    private string ProcessFile(int width, int height)
    {
        string path = Path.Combine(runtime.Work, "process.json");
        JsonObject process = new()
        {
            ["terminal"] = true,
            ["consoleSize"] = new JsonObject { ["height"] = height, ["width"] = width },
            ["cwd"] = "/",
            ["args"] = new JsonArray("sh", "-c", "tty; stty size; cat"),
            ["env"] = new JsonArray("PATH=/bin"),
        };
        File.WriteAllText(path, process.ToJsonString());
        return path;
    }
}
