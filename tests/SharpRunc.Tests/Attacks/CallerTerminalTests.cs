using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// An administrator types a command at a terminal, and the process has none of its own: what it leaves behind gets nothing of the
/// administrator's.
/// </summary>
internal sealed class CallerTerminalTests
{
    /// <summary>
    /// Stays behind with the descriptors of a program that has ended. Its standard input would be /dev/null but for the copy.
    /// </summary>
    private const string StaysBehind = "exec 3<&0; (tty <&3 >/tty; chmod 666 /proc/self/fd/3 2>/dev/null; stty -F /proc/self/fd/3 raw "
        + "2>/dev/null; cat <&3 >/keys; echo >/ended) & echo file1; sleep 0.2";

    [Test]
    public void What_exec_leaves_behind_reads_nothing_that_is_typed_afterwards_and_cannot_change_the_terminal(
        [Values("", "mapped", "shared pids", "user 1000")] string shape)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        if (shape == "mapped")
            bundle.MapsUsers().WithoutSysfs();
        if (shape == "shared pids")
            bundle.WithoutNamespace("pid");
        File.SetUnixFileMode(bundle.Rootfs, (UnixFileMode)0x1FF);
        string id = Runtime.NewId(), keys = Path.Combine(bundle.Rootfs, "keys");
        runtime.StartContainer(id, bundle);
        using TestTerminal terminal = new();
        UnixFileMode mode = File.GetUnixFileMode(terminal.SlavePath);
        string modes = terminal.ModesText;
        string[] user = shape == "user 1000" ? ["--user", "1000:1000"] : [];
        Assert.That(terminal.Run(runtime.Command(["exec", .. user, id, "sh", "-c", StaysBehind])).Expect(0).Output, Is.EqualTo("file1\n"));
        terminal.Type("password\n");
        Eventually.Holds(() => File.Exists(Path.Combine(bundle.Rootfs, "ended")), "it reads on");
        Assert.That(File.ReadAllText(keys), Is.Empty);
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "tty")), Is.EqualTo("not a tty\n"));
        Assert.That(File.GetUnixFileMode(terminal.SlavePath), Is.EqualTo(mode));
        Assert.That(terminal.ModesText, Is.EqualTo(modes));
    }

    /// <summary>0 to 2 by what they are, and whether the terminal can be opened by any name.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void Without_a_terminal_of_its_own_a_process_has_none(bool exec)
    {
        using Runtime runtime = Runtime.Create();
        using TestTerminal terminal = new();
        const string script = "for n in 0 1 2; do [ -t $n ] && echo terminal $n; readlink /proc/self/fd/$n; done; echo >/dev/tty";
        IReadOnlyList<string> command = Command(runtime, exec, script);
        Assert.That(terminal.Run(command).Output.Split('\n'), Has.Length.EqualTo(5).And.Some.Contains("/dev/tty").And.Exactly(3)
            .StartsWith("pipe:["));
    }

    /// <summary>A device that can be opened once more is one still.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void Only_the_stream_that_is_a_terminal_is_replaced(bool exec)
    {
        using Runtime runtime = Runtime.Create();
        using TestTerminal terminal = new();
        const string script = "[ -p /proc/self/fd/0 ] && [ -c /proc/self/fd/1 ] && [ -c /proc/self/fd/2 ]";
        Child child = Child.Start(Command(runtime, exec, script), "/dev/zero", "/dev/full", input: terminal.SlavePath, leadsSession: true);
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
    }

    internal static IReadOnlyList<string> Command(Runtime runtime, bool exec, string script)
    {
        string id = Runtime.NewId();
        if (!exec)
            return runtime.Command("run", "--bundle", runtime.NewBundle().Says(script).Write().Path, id);
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        return runtime.Command("exec", id, "sh", "-c", script);
    }
}
