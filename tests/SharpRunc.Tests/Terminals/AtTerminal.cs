using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Terminals;

/// <summary>A user's terminal, whose modes must be afterwards what they were before.</summary>
internal abstract class AtTerminal
{
    protected Runtime runtime = null!;
    protected TestTerminal terminal = null!;
    protected string modes = null!;

    [SetUp]
    public void Sit_down()
    {
        runtime = Runtime.Create();
        terminal = new TestTerminal(30, 90);
        modes = terminal.ModesText;
    }

    [TearDown]
    public void The_terminal_is_as_it_was()
    {
        string after = terminal.ModesText;
        terminal.Dispose();
        runtime.Dispose();
        Assert.That(after, Is.EqualTo(modes));
    }
}
