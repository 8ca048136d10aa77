using System;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Connections whose other side does what none should.</summary>
internal sealed class DBusConnectionTests
{
    [Test]
    public void A_refusal_says_which_mechanisms_there_are([Values] bool isBus)
    {
        using FakePeer peer = new(p =>
        {
            p.Hear("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
            p.Say("REJECTED DBUS_COOKIE_SHA1 ANONYMOUS\r\n");
            p.HearTheEnd();
        });
        using DBusConnection connection = Open(peer, isBus);
        DBusError e = Assert.Throws<DBusError>(() => connection.Call(null, "/", "a.b", "M"))!;
        Assert.That(e.Name, Is.EqualTo("org.freedesktop.DBus.Error.AuthFailed"));
        Assert.That(e.Text, Does.Contain(": DBUS_COOKIE_SHA1 ANONYMOUS"));
    }

    [TestCase("ERROR \"who\x01\"\r\n", "'ERROR \"who?\"'")]
    [TestCase("HTTP/1.1 400 Bad Request\r\n", "'HTTP/1.1 400 Bad Request'")]
    [TestCase("\r\n", "''")]
    public void What_is_no_server_of_D_Bus_is_told_with_its_words(string answer, string told)
    {
        using FakePeer peer = new(p =>
        {
            p.Say(answer);
            p.HearTheEnd();
        });
        using DBusConnection connection = Open(peer);
        Assert.That(Assert.Throws<DBusError>(() => connection.Call(null, "/", "a.b", "M"))!.Text, Does.EndWith(told));
    }

    [Test]
    public void A_greeting_that_does_not_end_is_a_format_error()
    {
        using FakePeer peer = new(p =>
        {
            p.Say(new string('D', 20_000));
            p.HearTheEnd();
        });
        using DBusConnection connection = Open(peer);
        Assert.Throws<FormatException>(() => connection.Call(null, "/", "a.b", "M"));
    }

    [Test]
    public void Nothing_follows_the_greeting_on_a_private_socket_before_the_answer()
    {
        using ManualResetEventSlim asked = new();
        using FakePeer peer = new(p =>
        {
            p.Hear("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
            asked.Wait(5_000);
            Thread.Sleep(50);
            if (p.Received.Count + p.Connection.Available > 0)
                throw new InvalidOperationException("more than the greeting came");
            p.Say(FakePeer.Welcome);
            p.Say(BigEndian.Reply(p.Hear().Serial));
        });
        using DBusConnection connection = Open(peer);
        uint serial = connection.Send(null, "/", "a.b", "M");
        asked.Set();
        Assert.That(connection.Await(serial), Is.Empty);
    }

    [Test]
    public void A_bus_that_refuses_Hello_is_told_so()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            DBusMessage hello = p.Hear();
            DBusWriter writer = new();
            DBusMessage.WriteError(writer, 1, hello, "org.freedesktop.DBus.Error.LimitsExceeded", "too many");
            p.Say(writer.Written);
            p.HearTheEnd();
        });
        using DBusConnection connection = Open(peer, isBus: true);
        Assert.That(Assert.Throws<DBusError>(() => connection.Call("a.b", "/", "a.b", "M"))!.Message,
            Is.EqualTo("org.freedesktop.DBus.Error.LimitsExceeded: too many"));
    }

    [Test]
    public void An_answer_of_the_other_byte_order_is_understood()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            p.Say(BigEndian.Reply(p.Hear().Serial, DBusValue.UInt64(5), GVariantText.Parse("{'a': <(1, 's')>}")));
        });
        using DBusConnection connection = Open(peer);
        Assert.That(connection.Call(null, "/", "a.b", "M"),
            Is.EqualTo(new[] { DBusValue.UInt64(5), GVariantText.Parse("{'a': <(1, 's')>}") }));
    }

    [Test]
    public void An_answer_that_comes_byte_by_byte_is_understood()
    {
        using FakePeer peer = new(p =>
        {
            p.Hear("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
            foreach (char c in FakePeer.Welcome)
                p.Say(c.ToString());
            foreach (byte b in BigEndian.Reply(p.Hear().Serial, DBusValue.String("é")))
            {
                p.Say([b]);
                Thread.Yield();
            }
        });
        using DBusConnection connection = Open(peer);
        Assert.That(connection.Call(null, "/", "a.b", "M"), Is.EqualTo(new[] { DBusValue.String("é") }));
    }

    [Test]
    public void A_signal_before_the_answer_and_an_answer_that_nobody_asked_for_do_no_harm()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            uint serial = p.Hear().Serial;
            p.Say(BigEndian.Reply(4711, DBusValue.Byte(1)));
            p.Say(Signal("First"));
            p.Say(Signal("Second"));
            p.Say(BigEndian.Reply(serial, DBusValue.Byte(2)));
            p.Say(Signal("Third"));
            p.HearTheEnd();
        });
        using DBusConnection connection = Open(peer);
        Assert.That(connection.Call(null, "/", "a.b", "M"), Is.EqualTo(new[] { DBusValue.Byte(2) }));
        Assert.Multiple(() =>
        {
            Assert.That(connection.AwaitSignal(s => s.Member == "Second", 5_000)!.Body[0].AsString(), Is.EqualTo("Second"));
            Assert.That(connection.AwaitSignal(s => s.Member == "Third", 5_000)!.Path, Is.EqualTo("/a"));
            Assert.That(connection.AwaitSignal(s => s.Member == "First", 5_000)!.Interface, Is.EqualTo("c.d"));
            Assert.That(connection.AwaitSignal(_ => true, 0), Is.Null);
        });
    }

    [Test]
    public void Signals_that_nobody_asks_for_are_forgotten_the_oldest_first()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            uint serial = p.Hear().Serial;
            for (int i = 0; i < 5_000; i++)
                p.Say(Signal("S" + i));
            p.Say(BigEndian.Reply(serial));
            p.Say(Signal("Last"));
            p.HearTheEnd();
        });
        using DBusConnection connection = Open(peer);
        connection.Call(null, "/", "a.b", "M");
        Assert.That(connection.AwaitSignal(s => s.Member == "Last", 5_000), Is.Not.Null);
        Assert.That(connection.AwaitSignal(s => s.Member == "S4999", 0), Is.Not.Null);
        Assert.That(connection.AwaitSignal(s => s.Member == "S10", 0), Is.Null);
    }

    [Test]
    public void A_call_to_us_is_answered_and_one_that_wants_no_answer_is_not()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            uint serial = p.Hear().Serial;
            DBusWriter writer = new();
            DBusMessage.WriteCall(writer, 5, DBusMessage.NoReplyExpected, null, "/", "org.freedesktop.DBus.Peer", "Ping", []);
            DBusMessage.WriteCall(writer, 6, 0, null, "/", "org.freedesktop.DBus.Peer", "Ping", []);
            p.Say(writer.Written);
            DBusMessage answer = p.Hear();
            p.Say(BigEndian.Reply(serial, DBusValue.UInt32(answer.ReplySerial), DBusValue.String(answer.Error!)));
        });
        using DBusConnection connection = Open(peer);
        Assert.That(connection.Call(null, "/", "a.b", "M"),
            Is.EqualTo(new[] { DBusValue.UInt32(6), DBusValue.String("org.freedesktop.DBus.Error.UnknownMethod") }));
    }

    [TestCase(0)]
    [TestCase(20)]
    public void A_peer_that_goes_in_the_middle_of_an_answer_is_a_reset_connection(int bytes)
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            p.Say(BigEndian.Reply(p.Hear().Serial, DBusValue.String("never")).AsSpan(0, bytes));
        });
        using DBusConnection connection = Open(peer);
        SysException e = Assert.Throws<SysException>(() => connection.Call(null, "/", "a.b", "M"))!;
        Assert.That(e.Errno, Is.EqualTo(ECONNRESET));
        Assert.That(e.Message, Does.Contain(peer.Address));
        Assert.That(Assert.Throws<SysException>(() => connection.Call(null, "/", "a.b", "M"))!.Errno, Is.EqualTo(ECONNRESET));
    }

    [Test]
    public void A_peer_that_goes_without_a_word_is_a_reset_connection([Values] bool isBus)
    {
        using FakePeer peer = new(_ => { });
        using DBusConnection connection = Open(peer, isBus);
        Assert.That(Assert.Throws<SysException>(() => connection.Call(null, "/", "a.b", "M"))!.Errno, Is.EqualTo(ECONNRESET));
        Assert.That(Assert.Throws<SysException>(connection.Flush)!.Errno, Is.EqualTo(ECONNRESET));
    }

    [Test]
    public void The_last_words_of_a_peer_that_goes_with_a_call_unread_are_heard()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            p.Say(BigEndian.Reply(p.Hear().Serial, DBusValue.Byte(1)));
            p.Say(Signal("Bye"));
            while (p.Connection.Available == 0)
                Thread.Sleep(1);
        });
        using DBusConnection connection = Open(peer);
        connection.Call(null, "/", "a.b", "M");
        connection.Post(null, "/", "a.b", "Unread");
        connection.Flush();
        Thread.Sleep(50);
        connection.Post(null, "/", "a.b", "Unwritten");
        Assert.That(connection.AwaitSignal(s => s.Member == "Bye", 5_000), Is.Not.Null);
        Assert.That(Assert.Throws<SysException>(() => connection.AwaitSignal(_ => true, 5_000))!.Errno, Is.EqualTo(ECONNRESET));
    }

    [Test]
    public void A_peer_that_does_not_answer_is_a_time_out_for_that_call_only()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            uint late = p.Hear().Serial;
            DBusMessage second = p.Hear();
            p.Say(BigEndian.Reply(late, DBusValue.Byte(1)));
            p.Say(BigEndian.Reply(second.Serial, DBusValue.Byte(2)));
        });
        using DBusConnection connection = DBusConnection.Open(peer.Address, isBus: false, 200);
        long started = Stopwatch.GetTimestamp();
        Assert.That(Assert.Throws<TimeoutException>(() => connection.Call(null, "/", "a.b", "M"))!.Message,
            Does.Contain("200 ms").And.Contain(peer.Address));
        Assert.That(Stopwatch.GetElapsedTime(started).TotalMilliseconds, Is.InRange(195, 2_000));
        Assert.That(connection.Call(null, "/", "a.b", "M"), Is.EqualTo(new[] { DBusValue.Byte(2) }));
    }

    [Test]
    public void Signals_without_end_are_no_way_to_outstay_a_time_out()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            p.Hear();
            try
            {
                while (true)
                    p.Say(Signal("Flood"));
            }
            catch (SocketException)
            {
                // hung up on
            }
        });
        using DBusConnection connection = DBusConnection.Open(peer.Address, isBus: false, 300);
        Assert.Throws<TimeoutException>(() => connection.Call(null, "/", "a.b", "M"));
    }

    [Test]
    public void A_peer_that_does_not_read_is_a_time_out_and_one_that_reads_late_gets_all()
    {
        DBusValue large = DBusValue.String(new string('a', 1 << 20));
        using ManualResetEventSlim timedOut = new();
        using FakePeer peer = new(p =>
        {
            p.Greet();
            timedOut.Wait(5_000);
            DBusMessage call = p.Hear();
            p.Say(BigEndian.Reply(call.Serial + 1, DBusValue.Boolean(call.Body[0].Equals(large)), call.Body[0]));
            p.HearTheEnd();
        });
        using DBusConnection connection = DBusConnection.Open(peer.Address, isBus: false, 500);
        connection.Post(null, "/", "a.b", "M", large);
        uint serial = connection.Send(null, "/", "a.b", "N");
        Assert.Throws<TimeoutException>(connection.Flush);
        timedOut.Set();
        bool isFlushed = false;
        for (int attempts = 0; !isFlushed; attempts++)
            try
            {
                connection.Flush();
                isFlushed = true;
            }
            catch (TimeoutException) when (attempts < 119)
            {
                // The machine is slow.
            }
        DBusValue[] answer = connection.Await(serial);
        Assert.That(answer, Is.EqualTo(new[] { DBusValue.Boolean(true), large }));
    }

    [Test]
    public void An_answer_that_is_too_long_for_us_is_a_format_error_and_costs_no_more_than_came()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            p.Hear();
            byte[] huge = BigEndian.Little("ay", []);
            BitConverter.GetBytes(100 << 20).CopyTo(huge, 4);
            p.Say(huge);
            try
            {
                byte[] more = new byte[1 << 20];
                while (true)
                    p.Say(more);
            }
            catch (SocketException)
            {
                // hung up on
            }
        });
        using DBusConnection connection = Open(peer);
        Assert.Throws<FormatException>(() => connection.Call(null, "/", "a.b", "M"));
    }

    [Test]
    public void Bytes_that_are_no_message_are_a_format_error_again_and_again()
    {
        using FakePeer peer = new(p =>
        {
            p.Greet();
            p.Say("HTTP/1.1 400 Bad Request\r\n\r\n");
            p.HearTheEnd();
        });
        using DBusConnection connection = Open(peer);
        Assert.Throws<FormatException>(() => connection.Call(null, "/", "a.b", "M"));
        Assert.Throws<FormatException>(() => connection.AwaitSignal(_ => true, 1_000));
    }

    [Test]
    public void Answers_at_random_are_answers_or_format_errors()
        => Dice.Roll(200, dice =>
        {
            using FakePeer peer = new(p =>
            {
                p.Greet();
                byte[] reply = BigEndian.Reply(p.Hear().Serial, AnyValue.Of(dice));
                for (int edits = dice.Below(4); edits > 0; edits--)
                    reply[dice.Below(reply.Length)] = (byte)dice.Below(256);
                p.Say(reply);
            });
            using DBusConnection connection = Open(peer);
            try
            {
                connection.Call(null, "/", "a.b", "M");
            }
            catch (Exception e) when (e is FormatException or DBusError or SysException { Errno: ECONNRESET })
            {
            }
        });

    private static DBusConnection Open(FakePeer peer, bool isBus = false) => DBusConnection.Open(peer.Address, isBus, 10_000);

    private static byte[] Signal(string member)
    {
        DBusWriter writer = new();
        DBusMessage.WriteCall(writer, 1, 1, null, "/a", "c.d", member, [DBusValue.String(member)]);
        byte[] bytes = writer.Written.ToArray();
        bytes[1] = DBusMessage.Signal;
        return bytes;
    }
}
