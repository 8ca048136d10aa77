using System;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

/// <summary>What an engine listens on to get a console's master end (cli.md §7).</summary>
internal sealed class ConsoleListener : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public ConsoleListener()
    {
        socket.Bind(new UnixDomainSocketEndPoint(Path));
        socket.Listen();
    }

    public string Path => directory["console.sock"];

    /// <summary>Exactly one message with a name and one descriptor, then the end; receivers take nothing else.</summary>
    public TestTerminal Accept(out string name)
    {
        using Socket connection = socket.Accept();
        connection.ReceiveTimeout = 20_000;
        Fd fd = Fd.Own(connection.Handle); // borrowed: the socket closes it
        byte[] buffer = new byte[4096];
        int[] descriptors = new int[8];
        int length = Sys.Receive(fd, buffer, descriptors);
        Assert.That(length, Is.GreaterThan(0), "the name is not empty");
        Assert.That(descriptors[0], Is.GreaterThanOrEqualTo(0));
        Assert.That(descriptors[1..], Is.All.EqualTo(-1), "exactly one descriptor");
        name = Encoding.UTF8.GetString(buffer, 0, length);
        Fd master = Fd.Own(descriptors[0]);
        Assert.That(Sys.Receive(fd, buffer, descriptors), Is.Zero, "one message");
        return new TestTerminal(master);
    }

    public TestTerminal Accept() => Accept(out _);

    /// <summary>Nobody connected, or who did sent nothing.</summary>
    public void ExpectNothing()
    {
        while (socket.Poll(0, SelectMode.SelectRead))
        {
            using Socket connection = socket.Accept();
            connection.ReceiveTimeout = 20_000;
            Assert.That(connection.Receive(new byte[16]), Is.Zero);
        }
    }

    public void Dispose()
    {
        socket.Dispose();
        directory.Dispose();
    }
}
