using NUnit.Framework;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

/// <summary>Against sd-bus as a server, which is what is behind systemd's private socket.</summary>
internal sealed class SdBusTests
{
    private SdBusServer server = null!;

    [OneTimeSetUp]
    public void Start() => server = new();

    [OneTimeTearDown]
    public void Stop() => server?.Dispose();

    /// <summary>sd-bus loses sight of a message that it read along with the greeting; often, so that each time may be the one.</summary>
    [Test]
    public void The_first_call_is_answered_every_time()
    {
        for (uint i = 1; i <= 100; i++)
        {
            using DBusConnection connection = Open();
            Assert.That(Add(connection, i, i * 1000), Is.EqualTo(i * 1001));
        }
    }

    [Test]
    public void Calls_that_were_sent_together_are_all_answered()
    {
        using DBusConnection connection = Open();
        uint[] serials = new uint[300];
        for (uint i = 0; i < serials.Length; i++)
            serials[i] = connection.Send(null, "/x", "x.y", "Add", DBusValue.UInt32(i), DBusValue.UInt32(7));
        for (uint i = 0; i < serials.Length; i++)
            Assert.That(connection.Await(serials[i]), Is.EqualTo(new[] { DBusValue.UInt32(i + 7) }));
    }

    [Test]
    public void Errors_and_signals_come()
    {
        using DBusConnection connection = Open();
        DBusError e = Assert.Throws<DBusError>(() => Add(connection, 0, 0))!;
        Assert.That((e.Name, e.Text), Is.EqualTo(("x.y.Zero", "nothing to add to 0")));
        Assert.That(Add(connection, 1, 1), Is.EqualTo(2));
        Assert.That(connection.AwaitSignal(s => s is { Path: "/x", Interface: "x.y", Member: "Added" }, 5_000)!.Body,
            Is.EqualTo(new[] { DBusValue.UInt32(2) }));
    }

    private static uint Add(DBusConnection connection, uint a, uint b)
        => connection.Call(null, "/x", "x.y", "Add", DBusValue.UInt32(a), DBusValue.UInt32(b))[0].AsUInt32();

    private DBusConnection Open() => DBusConnection.Open(server.Address, isBus: false, 5_000);
}
