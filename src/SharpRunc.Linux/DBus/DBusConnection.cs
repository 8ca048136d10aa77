using System;
using System.Collections.Generic;
using System.Text;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// A conversation over a Unix socket with a message bus, or with a service itself. What is asked goes out with the first wait for an
/// answer: the greeting, the introduction to the bus and the first questions are one write.
/// </summary>
internal sealed class DBusConnection : IDisposable
{
    private const string Bus = "org.freedesktop.DBus", BusPath = "/org/freedesktop/DBus";
    private const int FirstBuffer = 16 * 1024;

    private readonly Fd socket;
    private readonly int patience;
    private readonly List<byte> queued = [];
    private readonly List<DBusSignal> signals = [];
    private readonly Dictionary<uint, DBusMessage> replies = [];
    private byte[] buffer = new byte[FirstBuffer];
    private int held;
    private bool greeted;
    private uint lastSerial;

    private DBusConnection(Fd socket, int patience)
    {
        this.socket = socket;
        this.patience = patience;
    }

    public void Dispose() => socket.Dispose();

    /// <param name="address">As D-Bus writes it; the first of a list that connects.</param>
    /// <param name="isBus">A bus wants Hello first; a service on its own socket knows no names, and no destinations.</param>
    /// <param name="timeoutMilliseconds">For each answer.</param>
    /// <exception cref="SysException">connect: nobody listens there, or not to us.</exception>
    /// <exception cref="FormatException">Not an address.</exception>
    public static DBusConnection Open(string address, bool isBus, int timeoutMilliseconds)
    {
        DBusConnection connection = new(DBusAddress.Connect(address), timeoutMilliseconds);
        // Who we are the socket tells, also from inside a user namespace, where the peer would not know our number: EXTERNAL without an
        // identity, and an empty one when it asks (D-Bus specification, Authentication Protocol).
        connection.queued.AddRange("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"u8);
        if (isBus)
            connection.Post(Bus, BusPath, Bus, "Hello");
        return connection;
    }

    /// <summary>Asks; <see cref="Await"/> has the answer.</summary>
    /// <returns>The call's serial.</returns>
    public uint Send(string? destination, string path, string @interface, string member, params DBusValue[] body)
        => Queue(destination, path, @interface, member, body, expectsReply: true);

    /// <summary>Says, and wants no answer.</summary>
    public void Post(string? destination, string path, string @interface, string member, params DBusValue[] body)
        => Queue(destination, path, @interface, member, body, expectsReply: member == "Hello"); // the bus disconnects who does not want to know his name

    /// <summary>The answer's values.</summary>
    /// <exception cref="DBusError">The answer is no.</exception>
    /// <exception cref="TimeoutException">There is none in time.</exception>
    /// <exception cref="SysException">The peer is gone.</exception>
    /// <exception cref="FormatException">What it says is no D-Bus.</exception>
    public DBusValue[] Await(uint serial)
    {
        Flush();
        DBusMessage? reply;
        for (long deadline = Sys.MonotonicMilliseconds() + patience; !replies.Remove(serial, out reply);)
            if (!Receive(deadline))
                throw new TimeoutException($"no answer in {patience / 1000.0} s");
        return reply.Type != DBusMessageType.Error ? reply.Body
            : throw new DBusError(reply.ErrorName, reply.Body is [{ Signature: "s" } text, ..] ? text.AsString() : "");
    }

    /// <summary>Asks and waits.</summary>
    public DBusValue[] Call(string? destination, string path, string @interface, string member, params DBusValue[] body)
        => Await(Send(destination, path, @interface, member, body));

    /// <summary>The first signal that is wanted, also one that came while an answer was awaited; null: none in time.</summary>
    public DBusSignal? AwaitSignal(Predicate<DBusSignal> wanted, int timeoutMilliseconds)
    {
        Flush();
        for (long deadline = Sys.MonotonicMilliseconds() + timeoutMilliseconds; ;)
        {
            int found = signals.FindIndex(wanted);
            if (found >= 0)
            {
                DBusSignal signal = signals[found];
                signals.RemoveRange(0, found + 1);
                return signal;
            }
            signals.Clear();
            if (!Receive(deadline))
                return null;
        }
    }

    private uint Queue(string? destination, string path, string @interface, string member, DBusValue[] body, bool expectsReply)
    {
        DBusMessage message = new()
        {
            Type = DBusMessageType.MethodCall,
            Serial = ++lastSerial,
            ExpectsReply = expectsReply,
            Destination = destination,
            Path = path,
            Interface = @interface,
            Member = member,
            Body = body,
        };
        queued.AddRange(message.Write());
        return message.Serial;
    }

    private void Flush()
    {
        ReadOnlySpan<byte> rest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(queued);
        while (!rest.IsEmpty)
        {
            int sent = Sys.TrySend(socket, rest);
            if (sent < 0)
                throw new SysException("sendmsg", "D-Bus", -sent);
            rest = rest[sent..];
        }
        queued.Clear();
    }

    /// <summary>Waits for more and sorts what is complete; false when the time is over.</summary>
    private bool Receive(long deadline)
    {
        int wait = (int)Math.Clamp(deadline - Sys.MonotonicMilliseconds(), 0, int.MaxValue);
        Span<pollfd> poll = [new pollfd { fd = socket.Number, events = POLLIN }];
        Sys.Poll(poll, wait);
        if (poll[0].revents == 0)
            return Sys.MonotonicMilliseconds() < deadline; // a signal that is no end of patience
        if (held == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        int received = Sys.Receive(socket, buffer.AsSpan(held), default(Span<int>));
        if (received == 0)
            throw new SysException("recvmsg", "D-Bus", ECONNRESET);
        held += received;
        int taken = greeted ? 0 : TakeGreeting();
        while (greeted && DBusMessage.LengthOf(buffer.AsSpan(taken, held - taken)) is > 0 and var length && length <= held - taken)
        {
            Sort(DBusMessage.Read(buffer.AsSpan(taken, length)));
            taken += length;
        }
        buffer.AsSpan(taken, held - taken).CopyTo(buffer);
        held -= taken;
        return true;
    }

    /// <summary>"DATA" asks for the identity that we have already left empty, "OK guid" lets us in.</summary>
    private int TakeGreeting()
    {
        int taken = 0;
        while (!greeted && buffer.AsSpan(taken, held - taken).IndexOf("\r\n"u8) is >= 0 and var end)
        {
            ReadOnlySpan<byte> line = buffer.AsSpan(taken, end);
            greeted = line.StartsWith("OK"u8);
            if (!greeted && !line.StartsWith("DATA"u8))
                throw new DBusError("org.freedesktop.DBus.Error.AuthFailed", $"it does not let us in: {Encoding.ASCII.GetString(line)}");
            taken += end + 2;
        }
        return taken;
    }

    private void Sort(DBusMessage message)
    {
        if (message.Type == DBusMessageType.Signal)
            signals.Add(new(message.Path, message.Interface, message.Member, message.Body));
        else if (message.Type is DBusMessageType.MethodReturn or DBusMessageType.Error)
            replies[message.ReplySerial] = message;
        // Nobody has anything to ask us: calls are passed over.
    }
}
