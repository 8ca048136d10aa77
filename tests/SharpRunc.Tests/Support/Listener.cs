using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

/// <summary>
/// A Unix socket that the runtime is told of. What is sent waits in it, so a test runs the command first and listens afterwards.
/// </summary>
internal sealed class Listener : IDisposable
{
    private readonly Socket socket;
    private readonly TemporaryDirectory directory = new();

    /// <param name="type">Stream: pidfds and consoles; Dgram: sd_notify.</param>
    public Listener(SocketType type, string name = "socket")
    {
        Path = directory[name];
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        // A path that is too long for an address: through a link it is shorter.
        string link = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "sharprunc-" + Environment.ProcessId + name.Length);
        File.CreateSymbolicLink(link, System.IO.Path.GetDirectoryName(Path)!);
        socket.Bind(new UnixDomainSocketEndPoint(System.IO.Path.Combine(link, System.IO.Path.GetFileName(name))));
        File.Delete(link);
        if (type == SocketType.Stream)
            socket.Listen(8);
    }

    public string Path { get; }

    public string Directory => directory.Path;

    public void Dispose()
    {
        socket.Dispose();
        directory.Dispose();
    }

    /// <summary>All messages of the next connection, each with the descriptors beside it; the caller disposes them.</summary>
    public List<(string Text, Fd[] Fds)> Accept()
    {
        using Socket connection = socket.Accept();
        List<(string, Fd[])> messages = [];
        while (Receive(connection) is { Text.Length: > 0 } message)
            messages.Add(message);
        return messages;
    }

    /// <summary>The next datagram.</summary>
    public (string Text, Fd[] Fds) Receive() => Receive(socket);

    /// <summary>Whether nothing more was sent.</summary>
    public bool IsEmpty => socket.Available == 0;

    /// <summary>Whether somebody waits to be accepted.</summary>
    public bool IsCalled => socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Whoever connects is hung up on.</summary>
    public void Refuse() => socket.Accept().Dispose();

    private static (string Text, Fd[] Fds) Receive(Socket from)
    {
        byte[] buffer = new byte[4096];
        int[] numbers = new int[8];
        int length = Sys.Receive(Fd.Own(from.Handle), buffer, numbers);
        List<Fd> fds = [];
        foreach (int number in numbers)
            if (number >= 0)
                fds.Add(Fd.Own(number));
        return (Encoding.UTF8.GetString(buffer, 0, length), [.. fds]);
    }
}
