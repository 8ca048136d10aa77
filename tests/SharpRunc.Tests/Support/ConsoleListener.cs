using System;
using System.Collections.Generic;
using System.Net.Sockets;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

/// <summary>What an engine listens on to get a console's master end.</summary>
internal sealed class ConsoleListener : IDisposable
{
    private readonly Listener listener = new(SocketType.Stream);

    public string Path => listener.Path;

    public void Dispose() => listener.Dispose();

    /// <summary>Exactly one message with a name and one descriptor, then the end; receivers take nothing else.</summary>
    public TestTerminal Accept(out string name)
    {
        List<(string Text, Fd[] Fds)> messages = listener.Accept();
        Assert.That(messages, Has.Count.EqualTo(1));
        Assert.That(messages[0].Fds, Has.Length.EqualTo(1));
        name = messages[0].Text;
        return new TestTerminal(messages[0].Fds[0]);
    }

    public TestTerminal Accept() => Accept(out _);

    /// <summary>Whoever connected is hung up on.</summary>
    public void Refuse()
    {
        while (listener.IsCalled)
            listener.Refuse();
    }

    /// <summary>Nobody connected, or who did sent nothing.</summary>
    public void ExpectNothing()
    {
        while (listener.IsCalled)
            Assert.That(listener.Accept(), Is.Empty);
    }
}
