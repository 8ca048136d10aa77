using System;
using System.Collections.Generic;

namespace SharpRunc.Linux.DBus;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A connection to a message bus, or directly to another program. Nothing happens between calls: while a reply or signal is awaited, queued
/// messages are written and incoming ones are read. Bytes that are not D-Bus are a <see cref="FormatException"/>, and a peer that is gone
/// is <c>ECONNRESET</c>.
/// </summary>
internal sealed class DBusConnection : IDisposable
{
    private const string Bus = "org.freedesktop.DBus", BusPath = "/org/freedesktop/DBus";

    /// <summary>Beyond this number, the oldest signals that nobody has asked for are dropped.</summary>
    private const int MaxSignals = 4096;

    /// <summary>Before authentication, dbus-daemon accepts 16 KiB and then closes the connection.</summary>
    private const int MaxBeforeWelcome = 8192;

    /// <summary>A peer that calls without reading gets no more replies beyond this many unwritten bytes.</summary>
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

    /// <summary>The total number of signals received.</summary>
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
            // systemd (sd-bus as a server) reads a message that directly follows BEGIN together with it, and then sleeps until more
            // arrives. So no message may follow before the OK, but the greeting can already be sent.
            stream.Allowed = stream.Output.Length;
            stream.Write();
        }
    }

    /// <param name="address">A list of addresses; the first one that connects is used: <see cref="DBusAddress"/>.</param>
    /// <param name="isBus">Whether this is a message bus, which requires Hello first; systemd's private socket is none.</param>
    /// <param name="timeoutMilliseconds">The limit for each reply.</param>
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

    /// <summary>
    /// Queues a call; the serial is for <see cref="Await"/>. A message that D-Bus cannot express is a <see cref="FormatException"/>, and
    /// not queued.
    /// </summary>
    /// <param name="destination">A name on the bus; null if there is no bus.</param>
    public uint Send(string? destination, string path, string @interface, string member, params DBusValue[] body)
    {
        serial++;
        DBusMessage.WriteCall(stream.Output, serial, 0, destination, path, @interface, member, body);
        awaited.Add(serial);
        return serial;
    }

    /// <summary>Queues a call that gets no reply. It is written while something is awaited, or by <see cref="Flush"/>.</summary>
    public void Post(string? destination, string path, string @interface, string member, params DBusValue[] body)
    {
        serial++;
        DBusMessage.WriteCall(stream.Output, serial, DBusMessage.NoReplyExpected, destination, path, @interface, member, body);
    }

    /// <summary>Waits until everything queued is written, or throws <see cref="TimeoutException"/>.</summary>
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

    /// <summary>
    /// Returns the body of the reply. An error is a <see cref="DBusError"/>; no reply in time is a <see cref="TimeoutException"/>, and a
    /// late reply is ignored.
    /// </summary>
    public DBusValue[] Await(uint serial)
    {
        if (!awaited.Contains(serial))
            throw new ArgumentException($"nobody waits for an answer to {serial}", nameof(serial));
        long deadline = Deadline(timeoutMilliseconds);
        DBusMessage? reply = TakeReply(serial);
        while (reply is null)
        {
            if (!Step(deadline))
            {
                awaited.Remove(serial);
                throw TimedOut("answered");
            }
            reply = TakeReply(serial);
        }
        awaited.Remove(serial);
        return reply.Error is null ? reply.Body : throw ErrorOf(reply);
    }

    /// <summary>
    /// Returns a matching signal, received earlier while something else was awaited or received during this call; null on time-out. Others
    /// are kept.
    /// </summary>
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

    /// <summary>Messages that are not written yet are not sent.</summary>
    public void Dispose() => stream.Dispose();

    /// <summary>Connects a non-blocking socket, which does not even wait for a peer with a full queue.</summary>
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

    private TimeoutException TimedOut(string what) => new($"D-Bus {address} has not {what} within {timeoutMilliseconds} ms");

    /// <summary>Handles one line or message that has arrived, or waits for more; false on time-out.</summary>
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
        Receive(message);
        return true;
    }

    private void Receive(DBusMessage message)
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
            case DBusMessage.MethodCall:
                bool wantsReply = (message.Flags & DBusMessage.NoReplyExpected) == 0;
                if (wantsReply && stream.Output.Length < MaxUnwritten)
                    Refuse(message);
                break;
        }
    }

    /// <summary>There is nothing here to be called.</summary>
    private void Refuse(DBusMessage call)
    {
        const string UnknownMethod = "org.freedesktop.DBus.Error.UnknownMethod";
        serial++;
        DBusMessage.WriteError(stream.Output, serial, call, UnknownMethod, $"no method {call.Member} is here");
    }

    private DBusMessage? TakeReply(uint serial)
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

    private static DBusError ErrorOf(DBusMessage reply)
    {
        string text = reply.Body is [{ Signature: "s" } first, ..] ? first.AsString() : "";
        return new(reply.Error!, text);
    }
}
