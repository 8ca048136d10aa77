using System;
using System.Diagnostics;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Linux;

internal sealed class ProcessStatTests
{
    private const string Fields = " S 42 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 10 11 12";

    [TestCase("1 (init)" + Fields)]
    [TestCase("1 (a b)" + Fields)]
    [TestCase("1 (a) S 9 (b)" + Fields)]
    public void A_name_may_hold_anything(string line)
    {
        Assert.That(ProcessStat.TryParse(Encoding.UTF8.GetBytes(line), out ProcessStat stat), Is.True);
        Assert.That((stat.State, stat.Parent, stat.StartTime), Is.EqualTo(('S', 42, 98765UL)));
    }

    [TestCase("")]
    [TestCase("1 (x)")]
    [TestCase("1 (x) S 1 2")]
    public void A_short_line_is_not_taken(string line) => Assert.That(ProcessStat.TryParse(Encoding.UTF8.GetBytes(line), out _), Is.False);

    [Test]
    public void We_are_alive()
    {
        Assert.That(ProcessStat.TryRead(Environment.ProcessId, out ProcessStat stat), Is.True);
        Assert.That(stat.IsAlive, Is.True);
        Assert.That(stat.StartTime, Is.Positive);
    }

    [Test]
    public void A_descriptor_waits_for_the_end_and_signals_only_its_own_process()
    {
        using Process process = Process.Start("sleep", "1000");
        ProcessStat.TryRead(process.Id, out ProcessStat stat);
        Assert.That(PidFd.TryOpen(process.Id, stat.StartTime + 1), Is.Null);
        using PidFd fd = PidFd.TryOpen(process.Id, stat.StartTime)!;
        Assert.That(fd.WaitExit(0), Is.False);
        Assert.That(fd.Signal(9), Is.True);
        Assert.That(fd.WaitExit(5000), Is.True);
        process.WaitForExit();
        Assert.That(fd.Signal(9), Is.False);
        Assert.That(PidFd.TryOpen(process.Id, stat.StartTime), Is.Null);
    }

    [TestCase("         0          0 4294967295\n", false)]
    [TestCase("         0     100000      65536\n", true)]
    [TestCase("0 0 1\n1 100000 65535\n", true)]
    [TestCase("0 0 4294967295\n5 5 5\n", true)]
    public void Only_the_first_user_namespace_maps_all_to_themselves(string map, bool nested)
        => Assert.That(UserNamespace.IsIdentity(Encoding.UTF8.GetBytes(map)), Is.Not.EqualTo(nested));
}
