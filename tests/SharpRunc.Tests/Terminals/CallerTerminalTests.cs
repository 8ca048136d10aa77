using System;
using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;
using static SharpRunc.Tests.Attacks.CallerTerminalTests;

namespace SharpRunc.Tests.Terminals;

/// <summary>
/// run and exec at a terminal without one for the process: the runtime carries what passes, and nobody sees a difference.
/// </summary>
[TestFixture(false)]
[TestFixture(true)]
internal sealed class CallerTerminalTests(bool exec)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private Runtime runtime = null!;
    private TestTerminal terminal = null!;

    [SetUp]
    public void Sit_down()
    {
        runtime = Runtime.Create();
        terminal = new TestTerminal();
    }

    [TearDown]
    public void Get_up()
    {
        terminal.Dispose();
        runtime.Dispose();
    }

    [Test]
    public void What_is_typed_reaches_it_line_by_line_and_its_end_too()
    {
        Child child = Start("cat; echo end; exit 3");
        terminal.Type("one\n");
        terminal.ReadUntil("one\none\n"); // echoed, and then answered
        terminal.Type("two\n\x04");
        terminal.ReadUntil("two\ntwo\nend\n");
        Assert.That(child.Wait(Patience), Is.EqualTo(3));
    }

    [TestCase("\x03", "INT")]
    [TestCase("\x1c", "QUIT")]
    public void The_keys_signals_reach_it(string key, string signal)
    {
        Child child = Start($"trap 'echo got {signal}; exit 6' {signal}; echo ready; while :; do sleep 0.05; done");
        terminal.ReadUntil("ready\n");
        terminal.Type(key);
        terminal.ReadUntil($"got {signal}\n");
        Assert.That(child.Wait(Patience), Is.EqualTo(6));
    }

    [Test]
    public void All_that_it_wrote_is_shown_before_the_end_and_in_its_order()
    {
        Assert.That(Run("seq 1 20000; echo END").Expect(0).Output,
            Does.StartWith("1\n2\n3\n").And.EndWith("\n19999\n20000\nEND\n").And.Length.EqualTo(108_898));
        Assert.That(Run("for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done").Expect(0).Output,
            Is.EqualTo("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\nout 4\nerr 4\nout 5\nerr 5\n"));
    }

    [Test]
    public void Every_byte_passes_as_it_is()
    {
        string output = Path.Combine(runtime.Work, "bytes");
        Child child = Child.Start(Command(runtime, exec, "cat"), output, "/dev/null", input: terminal.SlavePath, leadsSession: true);
        terminal.Type("\x16\x01\x16\x7f\u00e4\u2028\x16\x04 \n\x04");
        Assert.That(child.Wait(Patience), Is.Zero);
        Assert.That(File.ReadAllText(output), Is.EqualTo("\x01\x7f\u00e4\u2028\x04 \n"));
    }

    [Test]
    public void Streams_that_it_closes_early_end_nothing_else()
    {
        Assert.That(Run("exec <&-; echo out; exec >&-; sleep 0.1; echo err >&2; exit 4").Expect(4).Output, Is.EqualTo("out\nerr\n"));
        Child child = Start("exec <&-; echo ready; sleep 0.3; exit 5");
        terminal.ReadUntil("ready\n");
        terminal.Type("for the shell\n");
        Assert.That(child.Wait(Patience), Is.EqualTo(5));
    }

    [Test]
    public void What_it_leaves_behind_may_write_on_but_is_not_waited_for()
    {
        Child child = Start("yes & echo ready; sleep 0.1; exit 2");
        terminal.ReadUntil("ready\n");
        while (!TestTerminal.TryWait(child))
            terminal.ReadRest();
        Assert.That(child.ExitCode, Is.EqualTo(2));
    }

    [Test]
    public void Nobody_reads_the_terminal_and_signals_still_reach_it()
    {
        Child child = Start("trap 'exit 7' TERM; yes & echo ready; while :; do sleep 0.05; done");
        terminal.ReadUntil("ready\n");
        child.Kill(15);
        while (!TestTerminal.TryWait(child))
            terminal.ReadRest();
        Assert.That(child.ExitCode, Is.EqualTo(7));
    }

    [Test]
    public void Who_writes_on_behind_the_process_keeps_nobody_waiting()
    {
        Child child = Start("yes & while :; do printf abc; done & sleep 0.2; exit 7");
        Thread.Sleep(1_000); // the pipe is full when it ends
        if (!terminal.WaitsFor(child))
            child.Kill(9);
        Assert.That(child.Wait(), Is.EqualTo(7));
    }

    [Test]
    public void A_program_that_is_missing_is_told_at_the_terminal()
    {
        string id = Runtime.NewId();
        string[] command = exec ? ["exec", id, "/missing"] : ["run", "--bundle", runtime.NewBundle("/missing").Path, id];
        if (exec)
            runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Assert.That(terminal.Run(runtime.Command(command)).Expect(exec ? 255 : 1).Output, Does.Contain("/missing"));
    }

    /// <summary>
    /// The runtime does not stay: as with runc the process has the caller's terminal, and the caller is told what that means.
    /// </summary>
    [Test]
    public void Detached_the_terminal_is_passed_on_with_a_warning()
    {
        string id = Runtime.NewId();
        string[] command = exec ? ["exec", "-d", id, "sleep", "0"] : ["run", "-d", "--bundle", runtime.NewBundle("sleep", "1000").Path, id];
        if (exec)
            runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Assert.That(terminal.Run(runtime.Command(command)).Expect(0).Output,
            Does.Contain("level=warning").And.Contain("keeps the caller's terminal"));
        Leftovers.Reap();
    }

    private Result Run(string script) => terminal.Run(Command(runtime, exec, script));

    private Child Start(string script) => terminal.Start(Command(runtime, exec, script));
}
