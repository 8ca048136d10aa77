using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Cgroups.Systemd;

/// <summary>linux.resources and the properties that they become, in GVariant text.</summary>
internal sealed class UnitLimitsTests
{
    private const string Infinity = "uint64 18446744073709551615";

    private static string[] Properties(string resources, bool v1 = false, bool hasBfq = false)
        => [.. UnitLimits.From(ConfigReader.ReadResources(System.Text.Encoding.UTF8.GetBytes(resources)), v1 ? Layouts.V1 : Layouts.V2,
            hasBfq).Select(p => $"{p.Name}={p.Value}")];

    [TestCase("""{ "memory": { "limit": 1000000, "reservation": 500000, "swap": 1500000 } }""", "MemoryMax=uint64 1000000",
        "MemoryLow=uint64 500000", "MemorySwapMax=uint64 500000")]
    [TestCase("""{ "memory": { "limit": 1000000, "swap": 1000000 } }""", "MemoryMax=uint64 1000000", "MemorySwapMax=uint64 0")]
    [TestCase("""{ "memory": { "limit": -1 } }""", "MemoryMax=" + Infinity, "MemorySwapMax=" + Infinity)]
    [TestCase("""{ "memory": { "limit": 1000000, "swap": -1 } }""", "MemoryMax=uint64 1000000", "MemorySwapMax=" + Infinity)]
    [TestCase("""{ "cpu": { "shares": 1024 } }""", "CPUWeight=uint64 100")]
    [TestCase("""{ "cpu": { "shares": 1024, "idle": 1 } }""", "CPUWeight=uint64 0")]
    [TestCase("""{ "cpu": { "idle": 0 } }""", "CPUWeight=" + Infinity)]
    [TestCase("""{ "cpu": { "idle": 0, "shares": 1024 } }""", "CPUWeight=uint64 100")]
    [TestCase("""{ "cpu": { "quota": 50000, "period": 100000 } }""", "CPUQuotaPerSecUSec=uint64 500000",
        "CPUQuotaPeriodUSec=uint64 100000")]
    [TestCase("""{ "cpu": { "quota": 33333, "period": 100000 } }""", "CPUQuotaPerSecUSec=uint64 340000",
        "CPUQuotaPeriodUSec=uint64 100000")]
    [TestCase("""{ "cpu": { "quota": -1 } }""", "CPUQuotaPerSecUSec=" + Infinity)]
    [TestCase("""{ "cpu": { "period": 50000 } }""", "CPUQuotaPerSecUSec=" + Infinity, "CPUQuotaPeriodUSec=uint64 50000")]
    [TestCase("""{ "cpu": { "cpus": "0,2-3,8", "mems": "0" } }""", "AllowedCPUs=[byte 0x0d, 0x01]", "AllowedMemoryNodes=[byte 0x01]")]
    [TestCase("""{ "pids": { "limit": 10 } }""", "TasksMax=uint64 10")]
    [TestCase("""{ "pids": { "limit": 0 } }""", "TasksMax=uint64 1")]
    [TestCase("""{ "pids": { "limit": -1 } }""", "TasksMax=" + Infinity)]
    [TestCase("""{ "blockIO": { "weight": 500 } }""", "IOWeight=uint64 4950")]
    [TestCase("""{ "unified": { "memory.high": "1000", "memory.min": "max", "memory.low": "1", "memory.max": "2", "memory.swap.max": "3" } }""",
        "MemoryHigh=uint64 1000", "MemoryMin=" + Infinity, "MemoryLow=uint64 1", "MemoryMax=uint64 2", "MemorySwapMax=uint64 3")]
    [TestCase("""{ "unified": { "cpu.max": "50000 200000", "cpu.weight": "7" } }""", "CPUQuotaPerSecUSec=uint64 250000",
        "CPUQuotaPeriodUSec=uint64 200000", "CPUWeight=uint64 7")]
    [TestCase("""{ "unified": { "cpu.max": "max 200000" } }""", "CPUQuotaPerSecUSec=" + Infinity, "CPUQuotaPeriodUSec=uint64 200000")]
    [TestCase("""{ "unified": { "cpu.max": "50000" } }""", "CPUQuotaPerSecUSec=uint64 500000", "CPUQuotaPeriodUSec=uint64 100000")]
    [TestCase("""{ "unified": { "cpu.idle": "1" } }""", "CPUWeight=uint64 0")]
    [TestCase("""{ "unified": { "cpuset.cpus": "1", "cpuset.mems": "0", "pids.max": "max", "io.weight": "default 200" } }""",
        "AllowedCPUs=[byte 0x02]", "AllowedMemoryNodes=[byte 0x01]", "TasksMax=" + Infinity, "IOWeight=uint64 200")]
    [TestCase("""{ "unified": { "hugetlb.2MB.max": "0", "memory.oom.group": "1", "cpu.max": "nonsense", "pids.max": "-3" } }""")]
    [TestCase("{}")]
    public void Limits_on_v2_become_properties(string resources, params string[] properties)
        => Assert.That(Properties(resources), Is.EqualTo(properties));

    [TestCase("""{ "memory": { "limit": 1000000, "reservation": 500000, "swap": 1500000 } }""", "MemoryLimit=uint64 1000000")]
    [TestCase("""{ "cpu": { "shares": 512, "quota": 50000, "cpus": "0" } }""", "CPUShares=uint64 512", "CPUQuotaPerSecUSec=uint64 500000")]
    [TestCase("""{ "pids": { "limit": 10 }, "blockIO": { "weight": 500 } }""", "TasksMax=uint64 10", "BlockIOWeight=uint64 500")]
    public void Limits_on_v1_become_properties(string resources, params string[] properties)
        => Assert.That(Properties(resources, v1: true), Is.EqualTo(properties));

    [TestCase(33333L, null, 34000L)]
    [TestCase(33333L, 100000ul, 34000L)]
    [TestCase(50000L, 100000ul, 50000L)]
    [TestCase(5000L, 30000ul, 5100L)]
    [TestCase(-1L, 50000ul, -1L)]
    [TestCase(null, 50000ul, -1L)]
    [TestCase(null, null, null)]
    [TestCase(9223372036854L, 1000000ul, 9223372040000L)]
    public void The_cgroup_gets_the_quota_that_systemd_will_write(long? quota, ulong? period, long? rounded)
        => Assert.That(CpuQuota.Rounded(new() { Cpu = new() { Quota = quota, Period = period } })!.Cpu!.Quota, Is.EqualTo(rounded));

    [TestCase(null, 900000ul, 900000ul)]
    [TestCase(-1L, 50000ul, 50000ul)]
    [TestCase(-1L, null, 100000ul)]
    public void A_period_without_a_quota_stays(long? quota, ulong? period, ulong? kept)
        => Assert.That(CpuQuota.Rounded(new() { Cpu = new() { Quota = quota, Period = period } })!.Cpu!.Period, Is.EqualTo(kept));

    [TestCase("0-3:1/2,", "[byte 0x05]"), TestCase("0,1,", "[byte 0x03]"), TestCase(" 8 ,,0-1", "[byte 0x03, 0x01]")]
    public void A_list_becomes_a_mask_in_any_form_that_the_kernel_takes(string list, string mask)
        => Assert.That(Properties($$"""{ "cpu": { "cpus": "{{list}}" } }"""), Is.EqualTo(new[] { "AllowedCPUs=" + mask }));

    [TestCase("0-N"), TestCase("all")]
    public void A_list_whose_last_number_only_the_kernel_knows_is_none_for_systemd(string list)
        => Assert.That(() => Properties($$"""{ "cpu": { "cpus": "{{list}}" } }"""),
            Throws.TypeOf<ContainerException>().With.Property("Pointer").EqualTo("/linux/resources/cpu/cpus"));

    /// <summary>systemd writes io.bfq.weight as BFQ_WEIGHT(IOWeight).</summary>
    [Test]
    public void Where_BFQ_is_its_weight_is_what_was_asked_for([Values(10, 100, 101, 200, 500, 999, 1000)] int weight)
    {
        string property = Properties($$"""{ "blockIO": { "weight": {{weight}} } }""", hasBfq: true)[0];
        int given = int.Parse(property["IOWeight=uint64 ".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(given <= 100 ? given : 100 + (given - 100) * (1000 - 100) / (10000 - 100), Is.EqualTo(weight));
    }

    [Test]
    public void A_systemd_that_does_not_know_a_property_is_not_asked_for_it()
    {
        List<UnitProperty> plan = [new("MemoryMax", 1), new("AllowedCPUs", 1, 244)];
        Assert.That(UnitProperty.ToArray(plan, 243).ToString(), Is.EqualTo("[('MemoryMax', <uint64 1>)]"));
        Assert.That(UnitProperty.ToArray(plan, 244).Items, Has.Length.EqualTo(2));
    }

    [TestCase("252.39-1~deb12u1", 252)]
    [TestCase("v255.4", 255)]
    [TestCase("systemd 244", 244)]
    [TestCase("247", 247)]
    [TestCase("", 0)]
    public void A_version_is_the_first_number(string text, int version) => Assert.That(SystemdBus.ParseVersion(text), Is.EqualTo(version));
}
