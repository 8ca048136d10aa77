using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

internal sealed class PodmanTests
{
    private Podman podman = null!;

    [OneTimeSetUp]
    public void PreparePodman() => podman = new Podman();

    [OneTimeTearDown]
    public void Stop() => podman?.Dispose();

    [TestCase(0, "true")]
    [TestCase(3, "sh", "-c", "exit 3")]
    [TestCase(126, "/etc/passwd")]
    [TestCase(127, "nothing")]
    public void Its_exit_code_tells_how_it_ended(int exitCode, params string[] command)
        => podman.Run(["--rm", "bb", .. command]).Expect(exitCode);

    [Test]
    public void The_program_speaks_through_podman()
    {
        Result result = podman.Run("--rm", "--hostname", "h1", "--env", "A=b", "--user", "1000:1000", "bb", "sh", "-c",
            "hostname; echo $A; id -u; echo err >&2").Expect(0);
        Assert.That(result.Output, Is.EqualTo("h1\nb\n1000\n"));
        Assert.That(result.Errors, Is.EqualTo("err\n"));
    }

    [Test]
    public void Detached_with_logs_stopped_and_removed()
    {
        podman.Run("--detach", "--name", "one", "bb", "sh", "-c", "trap 'echo bye; exit 4' TERM; echo hello; while :; do sleep 0.05; done")
            .Expect(0);
        podman.Engine.WaitUntil(() => podman.Execute("logs", "one").Output == "hello\n", "the log");
        podman.Execute("stop", "one").Expect(0);
        Assert.That(podman.Execute("logs", "one").Output, Is.EqualTo("hello\nbye\n"));
        Assert.That(podman.Execute("inspect", "--format", "{{.State.ExitCode}}", "one").Expect(0).Output, Is.EqualTo("4\n"));
        podman.Execute("rm", "one").Expect(0);
        Assert.That(podman.Execute("ps", "--all", "--quiet").Expect(0).Output, Is.Empty);
    }

    [Test]
    public void Removed_by_force_while_it_runs()
    {
        podman.Run("--detach", "--name", "forced", "bb", "sleep", "1000").Expect(0);
        podman.Execute("rm", "--force", "--time", "0", "forced").Expect(0);
    }

    [Test]
    public void Volumes_by_name_and_by_path()
    {
        string directory = Directory.CreateDirectory(Path.Combine(podman.Engine.Work, "volume")).FullName;
        podman.Run("--rm", "--volume", "data:/data", "--volume", directory + ":/host", "bb", "sh", "-c",
            "echo kept >/data/x; echo seen >/host/x").Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(directory, "x")), Is.EqualTo("seen\n"));
        Result result = podman.Run("--rm", "--volume", "data:/data:ro", "bb", "sh", "-c",
            "cat /data/x; touch /data/y 2>/dev/null || echo read-only").Expect(0);
        Assert.That(result.Output, Is.EqualTo("kept\nread-only\n"));
    }

    [Test]
    public void Limits_and_security()
    {
        Result result = podman.Run("--rm", "--memory", "32m", "--pids-limit", "20", "--cap-drop", "ALL", "--security-opt",
            "no-new-privileges", "--read-only", "bb", "sh", "-c",
            "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes; grep -E '^(CapEff|NoNewPrivs|Seccomp):' "
            + "/proc/self/status; touch /x 2>/dev/null || echo read-only").Expect(0);
        Assert.That(result.Output, Is.EqualTo("20\n33554432\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nread-only\n"));
    }

    [Test]
    public void A_shell_and_another_one_at_a_terminal()
    {
        using TestTerminal terminal = new(33, 101);
        string modes = terminal.ModesText;
        Child shell = podman.Engine.StartAt(terminal, podman.Command("run", "--rm", "-it", "--name", "shell", "--network", "none",
            "--cgroup-parent", "/" + podman.Engine.CgroupName, "bb", "sh", "-c",
            "until [ \"$(stty size 2>/dev/null)\" = '33 101' ]; do sleep 0.05; done; tty; read line; echo \"got $line\"; exit 4"));
        terminal.ReadUntil("/dev/pts/0\n");
        Assert.That(podman.Execute("exec", "-t", "shell", "tty").Expect(0).Output, Is.EqualTo("/dev/pts/1\r\n"));
        terminal.Type("hello\r");
        terminal.ReadUntil("got hello\n");
        Assert.That(shell.Wait(TimeSpan.FromSeconds(30)), Is.EqualTo(4));
        Assert.That(terminal.ModesText, Is.EqualTo(modes));
    }
}
