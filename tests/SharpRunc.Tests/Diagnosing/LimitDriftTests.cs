using NUnit.Framework;
using SharpRunc.Core.Cgroups;

namespace SharpRunc.Tests.Diagnosing;

internal sealed class LimitDriftTests
{
    [TestCase("pids.max", "100", "100", true)]
    [TestCase("pids.max", "100", "99", false)]
    [TestCase("pids.max", "100", "max", false)]
    [TestCase("memory.max", "100000001", "99999744", true)]
    [TestCase("memory.max", "100000001", "99995648", false)]
    [TestCase("memory.max", "max", "max", true)]
    [TestCase("memory.limit_in_bytes", "-1", "9223372036854771712", true)]
    [TestCase("memory.limit_in_bytes", "-1", "4096", false)]
    [TestCase("hugetlb.2MB.limit_in_bytes", "3000000", "2097152", true)]
    [TestCase("hugetlb.2MB.limit_in_bytes", "3000000", "0", false)]
    [TestCase("cpuset.cpus", "0,1,2", "0-2", true)]
    [TestCase("cpuset.cpus", "0-2", "0-1", false)]
    [TestCase("cpu.shares", "300000", "262144", true)]
    [TestCase("cpu.max", "50000 100000", "50000 100000", true)]
    [TestCase("cpu.max", "50000 100000", "max 100000", false)]
    [TestCase("io.max", "8:0 rbps=1000", "8:0 rbps=1000 wbps=max riops=max wiops=max", true)]
    [TestCase("io.max", "8:0 rbps=1000", "8:0 rbps=max wbps=max riops=max wiops=max", false)]
    public void A_value_is_compared_as_the_kernel_shows_it(string file, string wanted, string present, bool isSame)
        => Assert.That(LimitDrift.IsSame(file, wanted, present), Is.EqualTo(isSame));

    [TestCase("c 1:3 rwm")]
    [TestCase("b *:* m")]
    [TestCase("c 136:* rw")]
    public void A_line_of_the_device_list_is_read_as_it_is_written(string line)
        => Assert.That(DeviceExemption.Parse(line)!.Value.ToString(), Is.EqualTo(line));

    [Test]
    public void All_devices_are_no_exemption() => Assert.That(DeviceExemption.Parse("a *:* rwm"), Is.Null);
}
