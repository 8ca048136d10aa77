using System;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>Docker's terminals: the client at a real one, the shim as the one who holds the container's master.</summary>
internal sealed class DockerTerminalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Docker docker = null!;

    [OneTimeSetUp]
    public void StartDocker() => docker = new Docker(isDefault: true);

    [OneTimeTearDown]
    public void StopDocker() => docker?.Dispose();

    [TearDown]
    public void Nothing_is_left_of_a_container()
    {
        foreach (string id in docker.Execute("ps", "--all", "--quiet").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            docker.Execute("rm", "--force", id);
        docker.WaitUntil(() => docker.LeftCgroups.Count == 0, "cgroups removed");
    }

    [Test]
    public void A_terminal_without_input_is_one()
        => Assert.That(docker.Run("--rm", "-t", "bb", "tty").Expect(0).Output, Is.EqualTo("/dev/pts/0\r\n"));

    [Test]
    public void A_shell_at_a_terminal()
    {
        using TestTerminal terminal = new(33, 101);
        string modes = terminal.ModesText;
        Child client = docker.StartAt(terminal, "run", "--rm", "-it", "bb", "sh", "-c",
            AwaitSize("33 101") + "; tty; stat -c %t:%T /dev/console; exec sh");
        Assert.That(terminal.ReadUntil("88:0\n"), Is.EqualTo("sized 33 101\n/dev/pts/0\n88:0\n"));
        terminal.Resize(50, 132);
        terminal.Type(AwaitSize("50 132").Replace("sized", "si\"\"zed", StringComparison.Ordinal) + "\r");
        terminal.ReadUntil("sized 50 132\n");
        // Said by the process that ^C is for: the shell's own echo comes before it has a foreground job.
        terminal.Type("sh -c 'echo run\"\"ning; exec sleep 1000'\r");
        terminal.ReadUntil("running\n");
        terminal.Type("\x03"); // ends sleep, and not the shell
        terminal.ReadUntil("# ");
        terminal.Type("exit 4\r");
        Assert.That(client.Wait(Patience), Is.EqualTo(4));
        Assert.That(terminal.ModesText, Is.EqualTo(modes));
    }

    [Test]
    public void Attached_detached_and_attached_again()
    {
        docker.Run("--detach", "-it", "--name", "shell", "bb", "sh", "-c", "while read line; do echo \"got $line\"; done; exit 5")
            .Expect(0);
        using TestTerminal terminal = new();
        Child client = docker.StartAt(terminal, "attach", "shell");
        terminal.Type("one\r");
        terminal.ReadUntil("got one\n");
        terminal.Type("\x10\x11"); // Ctrl-P, Ctrl-Q
        client.Wait(Patience);
        client = docker.StartAt(terminal, "attach", "shell");
        terminal.Type("two\r");
        terminal.ReadUntil("got two\n");
        terminal.Type("\x04");
        Assert.That(client.Wait(Patience), Is.EqualTo(5));
        Assert.That(docker.Execute("logs", "shell").Expect(0).Output, Does.Contain("got one\r\n").And.Contain("got two\r\n"));
    }

    [Test]
    public void Exec_has_a_terminal_of_its_own()
    {
        docker.Run("--detach", "--name", "plain", "bb", "sleep", "1000").Expect(0);
        Assert.That(docker.Execute("exec", "-t", "plain", "sh", "-c", "tty; ls /dev/console 2>/dev/null").Output,
            Is.EqualTo("/dev/pts/0\r\n"));
        using TestTerminal terminal = new(33, 101);
        Child client = docker.StartAt(terminal, "exec", "-it", "plain", "sh", "-c",
            AwaitSize("33 101") + "; read line; echo \"got $line\"; exit 6");
        terminal.ReadUntil("sized 33 101\n");
        terminal.Type("hello\r");
        terminal.ReadUntil("got hello\n");
        Assert.That(client.Wait(Patience), Is.EqualTo(6));
    }

    [Test]
    public void A_program_that_is_missing_is_127() => Assert.That(docker.Run("--rm", "-t", "bb", "nothing").ExitCode, Is.EqualTo(127));

    [Test]
    public void A_user_of_its_own_owns_its_terminal()
        => Assert.That(docker.Run("--rm", "-t", "-u", "1000:1000", "--read-only", "bb", "sh", "-c",
            "stat -c %u /dev/pts/0; echo seen >/dev/console").Expect(0).Output, Is.EqualTo("1000\r\nseen\r\n"));

    [Test]
    public void Privileged_with_the_hosts_devices_it_still_is_its_own()
        => Assert.That(docker.Run("--rm", "-t", "--privileged", "bb", "tty").Expect(0).Output, Is.EqualTo("/dev/pts/0\r\n"));

    /// <summary>The client sizes the terminal in its own time.</summary>
    private static string AwaitSize(string size)
        => $"until [ \"$(stty size 2>/dev/null)\" = \"{size}\" ]; do sleep 0.05; done; echo \"sized {size}\"";
}
