using NUnit.Framework;
using SharpRunc.Core;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class SignalsTests
{
    [TestCase("9", 9)]
    [TestCase("KILL", 9)]
    [TestCase("SIGKILL", 9)]
    [TestCase("sigterm", 15)]
    [TestCase("Hup", 1)]
    [TestCase("USR2", 12)]
    [TestCase("SYS", 31)]
    [TestCase("0", 0)]
    [TestCase("64", 64)]
    [TestCase("+15", 15)]
    [TestCase("", 15)]
    public void A_signal_is_a_number_or_a_name(string text, int signal) => Assert.That(Signals.Parse(text), Is.EqualTo(signal));

    [TestCase(1, "signal 1 (hangup)")]
    [TestCase(9, "signal 9 (killed)")]
    [TestCase(15, "signal 15 (terminated)")]
    [TestCase(31, "signal 31 (bad system call)")]
    [TestCase(32, "signal 32")]
    [TestCase(64, "signal 64")]
    public void A_signal_is_told_in_words(int signal, string words)
    {
        Assert.That(Signals.Describe(signal), Is.EqualTo(words));
        Assert.That(Core.Init.KilledException.By(signal, isFiltered: true).Message,
            Does.StartWith($"the container's process was killed by {words} while it was set up"));
    }

    [TestCase("SIG")]
    [TestCase("FROB")]
    [TestCase("-9")]
    [TestCase("65")]
    [TestCase("9.")]
    public void Anything_else_is_unknown(string text)
        => Assert.That(() => Signals.Parse(text), Throws.TypeOf<ContainerException>()
            .With.Message.EqualTo($"unknown signal \"{text}\": expected a name like TERM, or a number from 0 to 64"));
}
