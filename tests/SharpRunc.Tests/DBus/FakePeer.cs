using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

/// <summary>The other side of one connection, which says what its script says.</summary>
internal sealed class FakePeer : IDisposable
{
    public const string Welcome = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";

    private readonly TemporaryDirectory? directory;
    private readonly Socket? listener;
    private readonly Thread? thread;
    private Exception? failure;

    /// <summary>Without a script: whoever made the connection speaks.</summary>
    public FakePeer(Socket connection) => Connection = connection;

    public FakePeer(Action<FakePeer> script)
    {
        directory = new();
        listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(directory["bus"]));
        listener.Listen(1);
        thread = new(() =>
        {
            try
            {
                using (Connection = listener.Accept())
                    script(this);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
    }

    public string Address => "unix:path=" + directory!["bus"];

    public Socket Connection { get; private set; } = null!;

    /// <summary>What came, and no message has used yet.</summary>
    public List<byte> Received { get; } = [];

    public void Dispose()
    {
        bool ended = thread!.Join(10_000);
        listener!.Dispose();
        directory!.Dispose();
        if (!ended || failure is not null)
            throw new InvalidOperationException("the other side's script", failure);
    }

    public void Say(string text) => Say(Encoding.Latin1.GetBytes(text));

    public void Say(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[Connection.Send(bytes)..];
    }

    /// <summary>Waits for the greeting and says that it is welcome.</summary>
    public void Greet()
    {
        Hear("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
        Say(Welcome);
    }

    public void Hear(string text)
    {
        while (Received.Count < text.Length)
            Receive();
        string heard = Encoding.Latin1.GetString([.. Received.GetRange(0, text.Length)]);
        if (heard != text)
            throw new InvalidOperationException($"heard {heard}");
        Received.RemoveRange(0, text.Length);
    }

    /// <summary>Waits for a call.</summary>
    public DBusMessage Hear()
    {
        int length;
        while ((length = DBusMessage.LengthOf([.. Received])) == 0 || length > Received.Count)
            Receive();
        DBusMessage message = DBusMessage.Read([.. Received.GetRange(0, length)]);
        Received.RemoveRange(0, length);
        return message;
    }

    /// <summary>Waits for a call; null when the other side is gone.</summary>
    public DBusMessage? TryHear()
    {
        while (Received.Count == 0)
            if (!TryReceive())
                return null;
        return Hear();
    }

    /// <summary>Until the other side is gone.</summary>
    public void HearTheEnd()
    {
        byte[] buffer = new byte[4096];
        while (Connection.Receive(buffer) > 0)
        {
        }
    }

    private void Receive()
    {
        if (!TryReceive())
            throw new InvalidOperationException("the other side is gone");
    }

    private bool TryReceive()
    {
        byte[] buffer = new byte[4096];
        int got = Connection.Receive(buffer);
        Received.AddRange(buffer[..got]);
        return got > 0;
    }
}
