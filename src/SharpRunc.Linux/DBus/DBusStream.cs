using System;
using System.Text;

namespace SharpRunc.Linux.DBus;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The socket with its output and input. Only <see cref="Exchange"/> ever waits.</summary>
/// <param name="subject">The socket's name, for errors.</param>
internal sealed class DBusStream(Fd socket, string subject) : IDisposable
{
    /// <summary>A single read nearly always returns everything.</summary>
    private const int UsualInput = 16384;

    /// <summary>
    /// The protocol allows 128 MiB, but the heap of the shipped program is 64 MB, and values are larger than their bytes.
    /// </summary>
    private const int MaxInput = 8 << 20;

    private byte[] input = new byte[UsualInput];
    private int begin, end;
    private bool isPeerGone;

    /// <summary>What is appended here is written soon.</summary>
    public DBusWriter Output { get; } = new();

    /// <summary>How many bytes of <see cref="Output"/> may be written.</summary>
    public int Allowed { get; set; } = int.MaxValue;

    /// <summary>Received bytes that are not consumed yet.</summary>
    public ReadOnlySpan<byte> Input => input.AsSpan(begin, end - begin);

    public bool HasOutput => !isPeerGone && Allowed > 0 && Output.Length > 0;

    public void Consume(int count) => begin += count;

    /// <summary>Writes as much as the socket accepts at once.</summary>
    public void Write()
    {
        while (HasOutput)
        {
            int sent = Sys.TrySend(socket, Output.Written[..Math.Min(Output.Length, Allowed)], out SysError error);
            if (error.Errno == EAGAIN)
                return;
            // The final messages of a peer that is gone may still be unread.
            isPeerGone = error.Errno is EPIPE or ECONNRESET;
            if (isPeerGone)
                return;
            if (error.Failed)
                throw error.On(subject).ToException();
            Output.Discard(sent);
            if (Allowed != int.MaxValue)
                Allowed -= sent;
        }
    }

    /// <summary>
    /// Writes, and waits until something was received or written; false on time-out. A peer that is gone is <c>ECONNRESET</c>.
    /// </summary>
    /// <param name="deadline">In terms of <see cref="Sys.MonotonicMilliseconds"/>.</param>
    public bool Exchange(long deadline)
    {
        Write();
        long rest = deadline - Sys.MonotonicMilliseconds();
        if (rest < 0)
            return false;
        Span<pollfd> wait = [new pollfd { fd = socket.Number, events = HasOutput ? (short)(POLLIN | POLLOUT) : POLLIN }];
        if (Sys.Poll(wait, (int)Math.Min(rest, int.MaxValue)) == 0)
            return false;
        if ((wait[0].revents & ~POLLOUT) != 0)
            Read();
        return true;
    }

    public void RequirePeer()
    {
        if (isPeerGone)
            throw new SysException("D-Bus connection", subject, ECONNRESET);
    }

    public void Dispose() => socket.Dispose();

    private void Read()
    {
        MakeRoom();
        int got = Sys.TryRead(socket, input.AsSpan(end), out SysError error, subject);
        if (error.Errno == ECONNRESET) // reported once, if the peer closed without reading everything; what it wrote before follows
            got = Sys.TryRead(socket, input.AsSpan(end), out error, subject);
        if (got == 0 || error.Errno == ECONNRESET)
            throw new SysException("D-Bus connection", subject, ECONNRESET);
        if (error.Errno == EAGAIN)
            return;
        error.ThrowIfFailed();
        end += got;
    }

    /// <summary>Grows with the data that has arrived, never with an announced length.</summary>
    private void MakeRoom()
    {
        if (begin > 0)
        {
            Input.CopyTo(input);
            end -= begin;
            begin = 0;
        }
        if (end < input.Length)
            return;
        if (end >= MaxInput)
            throw new FormatException($"a message of more than {MaxInput} bytes");
        Array.Resize(ref input, end * 2);
    }
}

/// <summary>
/// The client's side of SASL (D-Bus specification, "Authentication Protocol"), with EXTERNAL: the identity is the one that the kernel
/// reports. None is sent, as in sd-bus, because in a user namespace the client's own id differs from the one that the server sees.
/// </summary>
internal static class DBusAuthentication
{
    /// <summary>
    /// Everything that the client ever sends, in one piece: the NUL that used to carry credentials, the answer to the challenge before it
    /// is issued, and the end.
    /// </summary>
    public static ReadOnlySpan<byte> Greeting => "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"u8;

    /// <summary>The maximum length of a server's line, in bytes.</summary>
    public const int MaxLine = 16384;

    /// <summary>Whether this line from the server completes the authentication. A refusal is a <see cref="DBusError"/>.</summary>
    /// <param name="line">Without its line end.</param>
    public static bool Ends(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("OK "u8) || line.SequenceEqual("OK"u8))
            return true;
        if (line.StartsWith("DATA"u8))
            return false;
        throw new DBusError("org.freedesktop.DBus.Error.AuthFailed", line.StartsWith("REJECTED"u8)
            ? $"the server does not accept EXTERNAL from us; it accepts: {Text(line["REJECTED"u8.Length..])}"
            : $"the server answers AUTH EXTERNAL with '{Text(line)}'");
    }

    private static string Text(ReadOnlySpan<byte> line)
    {
        StringBuilder text = new();
        foreach (byte c in line)
            text.Append(c is >= 0x20 and < 0x7F ? (char)c : '?');
        return text.ToString().Trim();
    }
}
