using System.Text;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Network;

namespace SharpRunc.Tests.Network;

/// <summary>/proc/PID/net/dev as kernels write it.</summary>
internal sealed class InterfaceCountersTests
{
    private const string Heading = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed

        """;

    [Test]
    public void A_line_is_an_interface_and_the_loopback_is_left_out()
    {
        string text = Heading + """
                lo:    1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
             veth9:       1       2    3    4    5     6          7         8        9      10   11   12   13    14      15         16
              eth0:18446744073709551615 0  0    0    0     0          0         0        0       0    0    0    0     0       0          0

            """;
        Assert.That(InterfaceCounters.Parse(text),
            Is.EqualTo(new[] { new InterfaceCounters("veth9", 1, 2, 3, 4, 9, 10, 11, 12),
                new("eth0", ulong.MaxValue, 0, 0, 0, 0, 0, 0, 0) }));
    }

    [TestCase("")]
    [TestCase("    lo: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n")]
    [TestCase("  eth0: 0 0 0 0 0 0 0 0\n")]
    public void Nothing_else_is_one(string line) => Assert.That(InterfaceCounters.Parse(Heading + line), Is.Empty);

    [Test]
    public void Without_any_there_is_no_list()
    {
        string json = Encoding.UTF8.GetString(EventJson.Stats("x", new Statistics(), interfaces: InterfaceCounters.Parse(Heading)).Span);
        Assert.That(json, Does.Contain("\"network_interfaces\":null"));
    }
}
