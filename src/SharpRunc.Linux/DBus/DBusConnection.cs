using System;
using System.Collections.Generic;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// A connection to a message bus, or straight to another program. Nothing happens between calls: what is sent is queued, and written, and what
/// came is read, while something is awaited. Bytes that are no D-Bus are a <see cref="FormatException"/>, a peer that has gone is <c>ECONNRESET</c>.
/// </summary>
internal sealed class DBusConnection : IDisposable
{
    private const string Bus = "org.freedesktop.DBus", BusPath = "/org/freedesktop/DBus";

    /// <summary>Of those that nobody has asked for yet, the oldest are forgotten.</summary>
    private const int MaxSignals = 4096;

    /// <summary>dbus-daemon takes 16 KiB before it has let us in, and then hangs up.</summary>
    private const int MaxBeforeWelcome = 8192;

    /// <summary>A peer that calls and does not read is not answered without end, in bytes.</summary>
    private const int MaxUnwritten = 1 << 20;

    private readonly DBusStream stream;
    private readonly string address;
    private readonly int timeoutMilliseconds;
    private readonly List<uint> awaited = [];
    private readonly List<DBusMessage> replies = [];
    private readonly List<DBusSignal> signals = [];
    private readonly uint hello;
    private bool isWelcome;
    private uint serial;

    /// <summary>How many signals ever came.</summary>
    private long arrived;

    private DBusConnection(Fd socket, string address, bool isBus, int timeoutMilliseconds)
    {
        stream = new(socket, address);
        this.address = address;
        this.timeoutMilliseconds = timeoutMilliseconds;
        stream.Output.Raw(DBusAuthentication.Greeting);
        if (isBus)
        {
            stream.Allowed = MaxBeforeWelcome;
            hello = Send(Bus, BusPath, Bus, "Hello");
        }
        else
        {
            // systemd (sd-bus as a server) reads a message along with the BEGIN before it, and then sleeps until more comes: none may follow before the
            // OK. But the greeting can be on its way already.
            stream.Allowed = stream.Output.Length;
            stream.Write();
        }
    }

    /// <param name="address">A list of addresses, of which the first that connects is used: <see cref="DBusAddress"/>.</param>
    /// <param name="isBus">A message bus, to which everyone says Hello first; systemd's private socket is none.</param>
    /// <param name="timeoutMilliseconds">For each answer.</param>
    public static DBusConnection Open(string address, bool isBus, int timeoutMilliseconds)
    {
        long deadline = Sys.MonotonicMilliseconds() + timeoutMilliseconds;
        SysException? first = null;
        foreach (string socket in DBusAddress.Parse(address))
            try
            {
                return new(Connect(socket, deadline), address, isBus, timeoutMilliseconds);
            }
            catch (SysException e)
            {
                first ??= e;
            }
        throw first!;
    }

    /// <summary>Queues a call; the serial is for <see cref="Await"/>. What D-Bus cannot say is a <see cref="FormatException"/>, and not queued.</summary>
    /// <param name="destination">A name on the bus; null without one.</param>
    public uint Send(string? destination, string path, string @interface, string member, params DBusValue[] body)
    {
        DBusMessage.WriteCall(stream.Output, ++serial, 0, destination, path, @interface, member, body);
        awaited.Add(serial);
        return serial;
    }

    /// <summary>Queues a call that nobody answers. It is written when something is awaited, or by <see cref="Flush"/>.</summary>
    public void Post(string? destination, string path, string @interface, string member, params DBusValue[] body)
        => DBusMessage.WriteCall(stream.Output, ++serial, DBusMessage.NoReplyExpected, destination, path, @interface, member, body);

    /// <summary>Waits until all that is queued is written. <see cref="TimeoutException"/>.</summary>
    public void Flush()
    {
        long deadline = Deadline(timeoutMilliseconds);
        while (true)
        {
            if (isWelcome)
                stream.Write();
            stream.RequirePeer();
            if (isWelcome && !stream.HasOutput)
                return;
            if (!Step(deadline))
                throw TimedOut("taken what was sent");
        }
    }

    public DBusValue[] Call(string? destination, string path, string @interface, string member, params DBusValue[] body)
        => Await(Send(destination, path, @interface, member, body));

    /// <summary>The body of the answer. An error is a <see cref="DBusError"/>; none in time is a <see cref="TimeoutException"/>, and is not waited for any more.</summary>
    public DBusValue[] Await(uint serial)
    {
        if (!awaited.Contains(serial))
            throw new ArgumentException($"nobody waits for an answer to {serial}", nameof(serial));
        long deadline = Deadline(timeoutMilliseconds);
        DBusMessage? reply;
        while ((reply = Taken(serial)) is null)
            if (!Step(deadline))
            {
                awaited.Remove(serial);
                throw TimedOut("answered");
            }
        awaited.Remove(serial);
        return reply.Error is null ? reply.Body : throw ErrorOf(reply);
    }

    /// <summary>A signal that came before while something else was awaited, or comes now; null on time-out. Others are kept.</summary>
    /// <param name="timeoutMilliseconds">−1: no limit.</param>
    public DBusSignal? AwaitSignal(Predicate<DBusSignal> wanted, int timeoutMilliseconds)
    {
        long deadline = Deadline(timeoutMilliseconds);
        long seen = 0;
        while (true)
        {
            for (int i = (int)Math.Max(0, signals.Count - (arrived - seen)); i < signals.Count; i++)
                if (wanted(signals[i]))
                {
                    DBusSignal signal = signals[i];
                    signals.RemoveAt(i);
                    return signal;
                }
            seen = arrived;
            if (!Step(deadline))
                return null;
        }
    }

    /// <summary>What was not written is not sent any more.</summary>
    public void Dispose() => stream.Dispose();

    /// <summary>A socket that does not wait, not even for a peer with a full queue.</summary>
    private static Fd Connect(string name, long deadline)
    {
        while (true)
            try
            {
                return UnixSocket.Connect(name, SOCK_STREAM | SOCK_NONBLOCK);
            }
            catch (SysException e) when (e.Errno == EAGAIN && Sys.MonotonicMilliseconds() < deadline)
            {
                Sys.Poll([], 1);
            }
    }

    private static long Deadline(int milliseconds) => milliseconds < 0 ? long.MaxValue : Sys.MonotonicMilliseconds() + milliseconds;

    private TimeoutException TimedOut(string what) => new($"D-Bus {address} has not {what} in {timeoutMilliseconds} ms");

    /// <summary>Takes one line or message of what came, or else waits for more; false on time-out.</summary>
    private bool Step(long deadline)
    {
        if (!isWelcome)
        {
            int end = stream.Input.IndexOf("\r\n"u8);
            if (end < 0 && stream.Input.Length > DBusAuthentication.MaxLine)
                throw new FormatException("a line of the authentication that does not end");
            if (end < 0)
                return stream.Exchange(deadline);
            isWelcome = DBusAuthentication.Ends(stream.Input[..end]);
            stream.Consume(end + 2);
            if (isWelcome)
                stream.Allowed = int.MaxValue;
            return true;
        }
        int length = DBusMessage.LengthOf(stream.Input);
        if (length == 0 || length > stream.Input.Length)
            return stream.Exchange(deadline);
        DBusMessage message = DBusMessage.Read(stream.Input[..length]);
        stream.Consume(length);
        Take(message);
        return true;
    }

    private void Take(DBusMessage message)
    {
        switch (message.Type)
        {
            case DBusMessage.MethodReturn or DBusMessage.ErrorReply when message.ReplySerial == hello:
                awaited.Remove(hello);
                if (message.Error is not null)
                    throw ErrorOf(message);
                break;
            case DBusMessage.MethodReturn or DBusMessage.ErrorReply when awaited.Contains(message.ReplySerial):
                replies.Add(message);
                break;
            case DBusMessage.Signal:
                if (signals.Count == MaxSignals)
                    signals.RemoveAt(0);
                arrived++;
                signals.Add(new(message.Path!, message.Interface!, message.Member!, message.Body));
                break;
            case DBusMessage.MethodCall when (message.Flags & DBusMessage.NoReplyExpected) == 0 && stream.Output.Length < MaxUnwritten:
                DBusMessage.WriteError(stream.Output, ++serial, message, "org.freedesktop.DBus.Error.UnknownMethod", $"no method {message.Member} is here");
                break;
        }
    }

    private DBusMessage? Taken(uint serial)
    {
        for (int i = 0; i < replies.Count; i++)
            if (replies[i].ReplySerial == serial)
            {
                DBusMessage reply = replies[i];
                replies.RemoveAt(i);
                return reply;
            }
        return null;
    }

    private static DBusError ErrorOf(DBusMessage reply) => new(reply.Error!, reply.Body is [{ Signature: "s" } text, ..] ? text.AsString() : "");
}
