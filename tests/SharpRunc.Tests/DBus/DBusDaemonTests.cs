using NUnit.Framework;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

/// <summary>Against the reference implementation, dbus-daemon, on a bus of our own.</summary>
internal sealed class DBusDaemonTests
{
    private const string Bus = "org.freedesktop.DBus", Path = "/org/freedesktop/DBus";

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
    }

    private DBusConnection Open() => DBusConnection.Open(bus.Address, isBus: true, 10_000);
}
