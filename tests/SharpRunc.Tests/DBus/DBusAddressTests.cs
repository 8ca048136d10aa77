using System;
using System.Net.Sockets;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Where a connection goes.</summary>
internal sealed class DBusAddressTests
{
    [Test]
    public void An_abstract_socket_is_connected_to()
    {
        string name = "sharprunc-test-" + Guid.NewGuid();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint("\0" + name));
        listener.Listen(1);
        using DBusConnection connection = DBusConnection.Open($"unix:abstract={name.Replace("-", "%2d", StringComparison.Ordinal)},guid=0",
            isBus: false, 5_000);
        Assert.That(listener.Poll(0, SelectMode.SelectRead), Is.True);
    }

    [Test]
    public void A_server_whose_queue_is_full_is_waited_for_until_the_time_out()
    {
        using TemporaryDirectory directory = new();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(directory["bus"]));
        listener.Listen(0);
        using DBusConnection first = DBusConnection.Open("unix:path=" + directory["bus"], isBus: false, 5_000);
        Assert.That(Assert.Throws<SysException>(() => DBusConnection.Open("unix:path=" + directory["bus"], isBus: false, 100))!.Errno,
            Is.EqualTo(EAGAIN));
        Thread accepting = new(() =>
        {
            Thread.Sleep(50);
            listener.Accept().Dispose();
        });
        accepting.Start();
        using DBusConnection second = DBusConnection.Open("unix:path=" + directory["bus"], isBus: false, 5_000);
        accepting.Join();
    }

    [Test]
    public void The_first_socket_that_does_not_connect_is_the_one_that_is_told()
    {
        SysException e = Assert.Throws<SysException>(
            () => DBusConnection.Open("unix:path=/nonexistent/a;unix:path=/nonexistent/b", isBus: true, 1_000))!;
        Assert.That((e.Errno, e.Subject), Is.EqualTo((ENOENT, "/nonexistent/a")));
    }

    [TestCase("")]
    [TestCase(";")]
    [TestCase("unix")]
    [TestCase("unix:")]
    [TestCase("unix:path")]
    [TestCase("unix:path=relative")]
    [TestCase("unix:path=/a%2")]
    [TestCase("unix:path=/a%zz")]
    [TestCase("unix:path=/a%00b")]
    [TestCase("unix:tmpdir=/tmp")]
    [TestCase("tcp:host=localhost,port=1")]
    [TestCase("autolaunch:")]
    public void An_address_that_is_none_or_not_of_Unix_is_a_format_error(string address)
        => Assert.Throws<FormatException>(() => DBusConnection.Open(address, isBus: true, 1_000));

    [Test]
    public void Addresses_are_sockets_in_their_order()
        => Assert.That(DBusAddress.Parse("tcp:host=x;unix:guid=1,path=/run/a%20b%c3%a9;unix:abstract=/tmp/x,guid=0;unix:runtime=yes;"),
            Is.EqualTo(new[] { "/run/a bé", "@/tmp/x" }));
}
