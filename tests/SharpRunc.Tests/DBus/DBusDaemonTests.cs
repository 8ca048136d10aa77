using System;
using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Against the reference implementation, dbus-daemon, on a bus of our own.</summary>
internal sealed class DBusDaemonTests
{
    private const string Bus = "org.freedesktop.DBus", Path = "/org/freedesktop/DBus", Peer = "org.freedesktop.DBus.Peer",
        Name = "org.example.SharpRunc";

    private MessageBus bus = null!;

    [OneTimeSetUp]
    public void Start() => bus = new();

    [OneTimeTearDown]
    public void Stop() => bus?.Dispose();

    [Test]
    public void A_call_is_answered()
    {
        using DBusConnection connection = Open();
        DBusValue[] answer = connection.Call(Bus, Path, Bus, "GetId");
        Assert.That(answer, Has.Length.EqualTo(1));
        Assert.That(answer[0].AsString(), Has.Length.EqualTo(32));
        Assert.That(bus.PrintedAddress, Does.Contain("guid="));
    }

    [Test]
    public void The_address_as_the_daemon_prints_it_and_lists_with_ones_that_nobody_answers_connect()
    {
        foreach (string address in new[] { bus.PrintedAddress, $"unix:path=/nonexistent/bus;tcp:host=localhost,port=1;{bus.Address}",
            bus.Address.Replace("s", "%73", StringComparison.Ordinal).Replace("%73y", "sy", StringComparison.Ordinal) })
        {
            using DBusConnection connection = DBusConnection.Open(address, isBus: true, 10_000);
            Assert.That(connection.Call(Bus, Path, Bus, "ListNames")[0].Items, Has.Member(DBusValue.String(Bus)));
        }
    }

    [Test]
    public void Greeting_hello_and_the_first_calls_are_one_write()
    {
        List<string> calls = [];
        Sys.Probe = (call, _) =>
        {
            calls.Add(call);
            return 0;
        };
        try
        {
            using DBusConnection connection = Open();
            uint first = connection.Send(Bus, Path, Bus, "GetId"), second = connection.Send(Bus, Path, Bus, "ListNames");
            connection.Await(second);
            connection.Await(first);
        }
        finally
        {
            Sys.Probe = null;
        }
        Assert.That(calls.FindAll(call => call == "sendmsg"), Has.Count.EqualTo(1), string.Join(' ', calls));
    }

    [Test]
    public void An_error_has_its_name_and_its_text_and_ends_nothing()
    {
        using DBusConnection connection = Open();
        DBusError e = Assert.Throws<DBusError>(() => connection.Call(Bus, Path, Bus, "NoSuchMethod"))!;
        Assert.That(e.Name, Is.EqualTo("org.freedesktop.DBus.Error.UnknownMethod"));
        Assert.That(e.Text, Does.Contain("NoSuchMethod"));
        Assert.That(e.Message, Is.EqualTo($"{e.Name}: {e.Text}"));
        Assert.That(connection.Call(Bus, Path, Bus, "GetId"), Has.Length.EqualTo(1));
    }

    [Test]
    public void Answers_may_be_asked_for_in_any_order_but_only_once()
    {
        using DBusConnection connection = Open();
        uint[] serials = new uint[50];
        for (int i = 0; i < serials.Length; i++)
            serials[i] = i % 2 == 0 ? connection.Send(Bus, Path, Bus, "GetId")
                : connection.Send(Bus, Path, Bus, "NameHasOwner", DBusValue.String(Bus));
        Array.Reverse(serials);
        for (int i = 0; i < serials.Length; i++)
            Assert.That(connection.Await(serials[i])[0].Signature, Is.EqualTo(i % 2 == 0 ? "b" : "s"));
        Assert.Throws<ArgumentException>(() => connection.Await(serials[0]));
        Assert.Throws<ArgumentException>(() => connection.Await(4711));
    }

    [Test]
    public void A_signal_that_came_while_an_answer_was_awaited_is_kept()
    {
        using DBusConnection connection = Open();
        Assert.That(connection.Call(Bus, Path, Bus, "RequestName", DBusValue.String(Name), DBusValue.UInt32(0))[0].AsUInt32(),
            Is.EqualTo(1));
        connection.Call(Bus, Path, Bus, "GetId");
        DBusSignal signal = connection.AwaitSignal(s => s.Member == "NameAcquired" && s.Body[0].AsString() == Name, 10_000)!;
        Assert.That((signal.Path, signal.Interface), Is.EqualTo((Path, Bus)));
        Assert.That(connection.AwaitSignal(s => s.Member == "NameAcquired" && s.Body[0].AsString() == Name, 0), Is.Null,
            "a signal is taken once");
        Assert.That(connection.AwaitSignal(s => s.Body[0].AsString().StartsWith(':'), 0), Is.Not.Null,
            "that of the unique name was not asked for before");
    }

    [Test]
    public void Signals_of_others_come_when_a_match_asks_for_them()
    {
        using DBusConnection listener = Open(), sender = Open();
        listener.Call(Bus, Path, Bus, "AddMatch",
            DBusValue.String($"type='signal',interface='{Bus}',member='NameOwnerChanged',arg0='{Name}.Other'"));
        Assert.That(listener.AwaitSignal(s => s.Member == "NameOwnerChanged", 20), Is.Null);
        sender.Post(Bus, Path, Bus, "RequestName", DBusValue.String(Name + ".Other"), DBusValue.UInt32(0));
        sender.Flush();
        DBusSignal signal = listener.AwaitSignal(s => s.Member == "NameOwnerChanged", 10_000)!;
        Assert.That(Array.ConvertAll(signal.Body, value => value.AsString())[..2], Is.EqualTo(new[] { Name + ".Other", "" }));
    }

    [Test]
    public void A_call_to_us_is_answered_with_an_error_while_we_wait()
    {
        using DBusConnection caller = Open(), called = Open();
        called.Call(Bus, Path, Bus, "RequestName", DBusValue.String(Name + ".Called"), DBusValue.UInt32(0));
        uint ping = caller.Send(Name + ".Called", "/", Peer, "Ping");
        caller.Flush();
        caller.Call(Bus, Path, Bus, "GetId");
        called.Call(Bus, Path, Bus, "GetId");
        called.Call(Bus, Path, Bus, "GetId");
        Assert.That(Assert.Throws<DBusError>(() => caller.Await(ping))!.Name, Is.EqualTo("org.freedesktop.DBus.Error.UnknownMethod"));
    }

    [TestCase(10_000)]
    [TestCase(1_000_000)]
    public void A_long_first_call_arrives_although_the_daemon_takes_little_before_it_let_us_in(int length)
    {
        using DBusConnection connection = Open();
        DBusError e = Assert.Throws<DBusError>(
            () => connection.Call(Bus, Path, Bus, "NameHasOwner", DBusValue.String(new string('a', length)), DBusValue.Byte(1)))!;
        Assert.That(e.Name, Is.EqualTo("org.freedesktop.DBus.Error.InvalidArgs"));
    }

    [Test]
    public void A_long_answer_arrives_whole()
    {
        using DBusConnection one = Open(), other = Open();
        List<string> names = [];
        for (int i = 0; i < 200; i++)
        {
            names.Add($"{Name}.{new string('n', 200)}{i}");
            one.Post(Bus, Path, Bus, "RequestName", DBusValue.String(names[^1]), DBusValue.UInt32(0));
        }
        one.Call(Bus, Path, Bus, "GetId");
        Assert.That(Array.ConvertAll(other.Call(Bus, Path, Bus, "ListNames")[0].Items, name => name.AsString()), Is.SupersetOf(names));
    }

    [Test]
    public void A_daemon_that_ends_is_a_reset_connection()
    {
        using MessageBus mortal = new();
        using DBusConnection connection = DBusConnection.Open(mortal.Address, isBus: true, 10_000);
        connection.Call(Bus, Path, Bus, "GetId");
        mortal.Dispose();
        Assert.That(Assert.Throws<SysException>(() => connection.AwaitSignal(s => s.Member == "None", 10_000))!.Errno,
            Is.EqualTo(ECONNRESET));
        Assert.That(Assert.Throws<SysException>(() => connection.Call(Bus, Path, Bus, "GetId"))!.Errno, Is.EqualTo(ECONNRESET));
    }

    private DBusConnection Open() => DBusConnection.Open(bus.Address, isBus: true, 10_000);
}
