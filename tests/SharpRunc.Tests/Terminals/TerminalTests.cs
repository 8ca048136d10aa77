using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Terminals;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>run with a terminal in the foreground of a user's own.</summary>
internal sealed class TerminalTests : AtTerminal
{
    [Test]
    public void It_has_a_terminal_of_its_own_that_is_as_large()
        => Assert.That(terminal.Run(Run("sh", "-c", "tty; stty size; exit 7")).Expect(7).Output, Is.EqualTo("/dev/pts/0\n30 90\n"));

    [Test]
    public void What_is_typed_reaches_it_and_is_echoed_once()
    {
        Child child = terminal.Start(Run("sh", "-c", "echo ready; read line; echo got $line"));
        terminal.ReadUntil("ready\n");
        terminal.Type("hello\r"); // a raw terminal has no icrnl: the process's own makes \n of it
        Assert.That(terminal.ReadUntil("got hello\n"), Is.EqualTo("hello\ngot hello\n"));
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
    }

    [Test]
    public void Lines_end_as_on_any_terminal()
    {
        Child child = terminal.Start(Run("printf", "one\\ntwo\\n"));
        child.Wait(TimeSpan.FromSeconds(20));
        Assert.That(terminal.ReadRaw(), Is.EqualTo("one\r\ntwo\r\n"), "by the caller's, as runc: the container's writes \\n alone");
    }

    [Test]
    public void It_is_raw_meanwhile()
    {
        Child child = terminal.Start(Run("sh", "-c", "echo ready; read line"));
        terminal.ReadUntil("ready\n");
        Assert.That(terminal.IsRaw, Is.True);
        terminal.Type("\r");
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        Assert.That(terminal.IsRaw, Is.False);
    }

    [TestCase('\x03', "INT")]
    [TestCase('\x1c', "QUIT")]
    public void A_key_that_signals_does_so_in_the_container(char key, string signal)
    {
        Child child =
            terminal.Start(Run("sh", "-c", $"trap 'echo got {signal}; exit 5' {signal}; echo ready; while :; do sleep 0.05; done"));
        terminal.ReadUntil("ready\n");
        terminal.Type(key.ToString());
        terminal.ReadUntil($"got {signal}\n");
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.EqualTo(5));
    }

    [Test]
    public void A_resize_arrives()
    {
        Child child = terminal.Start(Run("sh", "-c", "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"));
        terminal.ReadUntil("ready\n");
        terminal.Resize(50, 132);
        terminal.ReadUntil("50 132\n");
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
    }

    [Test]
    public void A_signal_to_the_runtime_is_forwarded()
    {
        Child child = terminal.Start(Run("sh", "-c", "trap 'exit 6' TERM; echo ready; while :; do sleep 0.05; done"));
        terminal.ReadUntil("ready\n");
        child.Kill(15);
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.EqualTo(6));
    }

    [Test]
    public void All_that_it_wrote_is_shown_before_the_end()
    {
        StringBuilder expected = new();
        for (int i = 1; i <= 30000; i++)
            expected.Append(CultureInfo.InvariantCulture, $"{i}\n");
        Assert.That(terminal.Run(Run("seq", "1", "30000")).Expect(0).Output, Is.EqualTo(expected.ToString()));
    }

    [Test]
    public void Nor_is_the_end_lost_to_a_reader_that_comes_late()
    {
        Child child = terminal.Start(Run("sh", "-c", "echo ready; seq 1 3000; echo END"));
        terminal.ReadUntil("ready\n");
        Thread.Sleep(300);
        Assert.That(terminal.ReadUntil("END\n"), Does.EndWith("2999\n3000\nEND\n"));
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
    }

    [Test]
    public void A_reader_that_never_comes_does_not_stop_signals()
    {
        string id = Runtime.NewId();
        Child child = terminal.Start(Run(id, "sh", "-c", "trap 'exit 6' TERM; echo ready; yes & wait"));
        terminal.ReadUntil("ready\n");
        Thread.Sleep(200);
        child.Kill(15);
        Eventually.Holds(() => runtime.Run("state", id) is { ExitCode: 1 } || runtime.Status(id) == "stopped", "the process ends");
        child.Kill(15); // once more: its last output is not waited for
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.EqualTo(6));
    }

    [Test]
    public void When_nobody_can_see_its_output_it_is_hung_up()
    {
        // The shell's own terminal stays; only the output's reader is gone.
        Result result =
            terminal.Run(["/bin/sh", "-c", $"({Quoted(Run("sh", "-c", "trap 'exit 3' HUP; while :; do echo y; "
                + "done"))}; echo $? >{runtime.Work}/code) | head -n 1"]);
        Assert.That(result.Output, Is.EqualTo("y\n"));
        Eventually.Holds(() => File.Exists($"{runtime.Work}/code") && File.ReadAllText($"{runtime.Work}/code") != "", "the runtime ends");
        Assert.That(File.ReadAllText($"{runtime.Work}/code"), Is.AnyOf("3\n", "129\n"));
    }

    [Test]
    public void With_its_streams_elsewhere_the_controlling_terminal_is_the_one()
    {
        string output = Path.Combine(runtime.Work, "output"), input = Path.Combine(runtime.Work, "input");
        File.WriteAllText(input, "typed\n");
        Result result = terminal.Run(
            ["/bin/sh", "-c", $"{Quoted(Run("sh", "-c", "read line; stty size; echo got $line"))} <{input} >{output} 2>{output}.err"]);
        result.Expect(0);
        Assert.That(File.ReadAllText(output), Is.EqualTo("typed\n30 90\ngot typed\n"), "the container's own terminal leaves \\n as it is");
    }

    [Test]
    public void The_end_of_its_input_ends_nothing()
        => Assert.That(terminal.Run(["/bin/sh", "-c", Quoted(Run("sh", "-c", "sleep 0.1; echo still here")) + " </dev/null"])
            .Expect(0).Output, Is.EqualTo("still here\n"));

    [Test]
    public void Without_any_terminal_it_is_a_clear_error()
    {
        // setsid: a session that has none.
        Result result = runtime.Execute(["/usr/bin/setsid", "--wait", .. Run("true")]);
        result.ExpectError("cannot attach to a terminal").ExpectError("/dev/tty");
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    [Test]
    public void A_program_that_is_missing_leaves_the_terminal_alone()
        => Assert.That(terminal.Run(Run("/missing")).Expect(1).Output, Does.Contain("/missing"));

    [Test]
    public void A_start_that_fails_restores_it()
    {
        Bundle bundle = WithTerminal("true");
        bundle.Config["hooks"] = new JsonObject { ["startContainer"] = new JsonArray(new JsonObject { ["path"] = "/bin/false" }) };
        Assert.That(terminal.Run(runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())).Expect(1).Output,
            Does.Contain("startContainer"));
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    [Test]
    public void A_kill_of_the_runtime_restores_it()
    {
        Child child = terminal.Start(Run("sh", "-c", "echo ready; sleep 1000"));
        terminal.ReadUntil("ready\n");
        Assert.That(terminal.IsRaw, Is.True);
        child.Kill(9);
        child.Wait();
        Guardians.ExpectRestored(terminal, modes);
    }

    [Test]
    public void Killed_at_any_call_since_it_was_touched_it_is_restored()
    {
        string[] command = runtime.Command("run", "--bundle", WithTerminal("echo", "hello").Write().Path, "victim");
        List<Strace.Call> calls = Strace.Trace(runtime, command, terminal.Run);
        int killed = 0, first = calls.FindIndex(call => call.Arguments.Contains("TCSETS", StringComparison.Ordinal));
        for (int i = first; i < calls.Count; i++)
        {
            int occurrence = calls[..(i + 1)].FindAll(call => call.Name == calls[i].Name).Count;
            if (Strace.KillAt(runtime, command, calls[i].Name, occurrence, terminal.Run).ExitCode == 137)
                killed++;
            Eventually.Holds(() => terminal.ModesText == modes, $"{calls[i]}: the terminal is restored");
            Leftovers.Reap();
            runtime.Run("delete", "--force", "victim").Expect(0);
            Leftovers.Reap();
            Guardians.ExpectRestored(terminal, modes);
        }
        Assert.That(killed, Is.GreaterThan((calls.Count - first) / 2).And.GreaterThan(15));
    }

    [Test]
    public void A_runtime_that_dies_with_its_parent_restores_it()
    {
        const string setpriv = "/usr/bin/setpriv";
        if (!File.Exists(setpriv))
            Assert.Ignore("util-linux is not installed");
        string parent = Path.Combine(runtime.Work, "parent");
        string command = Quoted([setpriv, "--pdeathsig", "KILL", .. Run("sh", "-c", "echo ready; sleep 1000")]);
        Child session = terminal.Start(["/bin/sh", "-c", $"sh -c 'echo $$ >{parent}; \"$@\"; :' sh {command} & wait; sleep 0.1"]);
        terminal.ReadUntil("ready\n");
        Assert.That(terminal.IsRaw, Is.True);
        Assert.That(Sys.TryKill(int.Parse(File.ReadAllText(parent), CultureInfo.InvariantCulture), SIGKILL).Errno, Is.Zero);
        Guardians.ExpectRestored(terminal, modes);
        session.Wait(TimeSpan.FromSeconds(20));
    }

    [Test]
    public void Signals_to_everyone_in_the_foreground_do_not_end_who_restores_it()
    {
        Child child = terminal.Start(Run("sh", "-c", "trap '' HUP INT QUIT TERM; echo ready; sleep 1000"));
        terminal.ReadUntil("ready\n");
        foreach (int signal in new[] { SIGINT, SIGHUP, SIGTERM, SIGQUIT })
            Assert.That(Sys.TryKill(-child.Pid, signal).Errno, Is.Zero);
        child.Kill(9);
        child.Wait();
        Guardians.ExpectRestored(terminal, modes);
    }

    [Test]
    public void Who_restores_it_holds_nothing_else_and_is_gone_at_the_end()
    {
        Child child = terminal.Start(Run("sh", "-c", "echo ready; read line"));
        terminal.ReadUntil("ready\n");
        List<int> guardians = Guardians.Of(child.Pid);
        Assert.That(guardians, Has.Count.EqualTo(1));
        Eventually.Holds(() => Directory.GetFileSystemEntries($"/proc/{guardians[0]}/fd").Length == 2, "it has closed all else");
        List<string> open = [];
        foreach (string fd in Directory.GetFileSystemEntries($"/proc/{guardians[0]}/fd"))
            open.Add(File.ResolveLinkTarget(fd, false)!.Name);
        Assert.That(open, Has.Some.EqualTo(Path.GetFileName(terminal.SlavePath)).And.Some.StartsWith("socket:"));
        terminal.Type("\r");
        Assert.That(child.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        Assert.That(Directory.Exists($"/proc/{guardians[0]}"), Is.False);
    }

    [Test]
    public void A_detached_run_leaves_the_terminal_alone()
    {
        using ConsoleListener listener = new();
        string id = Runtime.NewId();
        terminal.Run(runtime.Command("run", "--detach", "--console-socket", listener.Path, "--bundle", WithTerminal("echo", "hello")
            .Write().Path, id)).Expect(0);
        Assert.That(terminal.ModesText, Is.EqualTo(modes));
        using TestTerminal other = listener.Accept();
        other.ReadUntil("hello\n");
    }

    [Test]
    public void The_callers_size_counts_more_than_consoleSize()
    {
        Bundle bundle = WithTerminal("stty", "size");
        bundle.Process["consoleSize"] = new JsonObject { ["height"] = 10, ["width"] = 20 };
        Assert.That(terminal.Run(runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())).Expect(0).Output,
            Is.EqualTo("30 90\n"));
        terminal.Resize(0, 0);
        Assert.That(terminal.Run(runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())).Expect(0).Output, Is.EqualTo("10 20\n"),
            "unless it has none");
    }

    private Bundle WithTerminal(params string[] args)
    {
        Bundle bundle = runtime.NewBundle(args);
        bundle.Process["terminal"] = true;
        return bundle;
    }

    /// <summary>The command line that runs a program with a terminal. An id may come first.</summary>
    private string[] Run(params string[] args)
    {
        string id = args[0].StartsWith($"t{Environment.ProcessId}-", StringComparison.Ordinal) ? args[0] : Runtime.NewId();
        return runtime.Command("run", "--bundle", WithTerminal(args[0] == id ? args[1..] : args).Write().Path, id);
    }

    private static string Quoted(string[] command)
        => string.Join(' ', Array.ConvertAll(command, word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
}
