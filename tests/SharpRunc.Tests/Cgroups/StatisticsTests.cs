using System.Collections.Generic;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

/// <summary>The kernel's files as its documentation shows them, and what callers of events get.</summary>
internal sealed class StatisticsTests
{
    private TemporaryDirectory directory = null!;

    [SetUp]
    public void Make() => directory = new TemporaryDirectory();

    [TearDown]
    public void Remove() => directory.Dispose();

    private void File(string name, string content) => System.IO.File.WriteAllText(directory[name], content);

    /// <summary>What events says of a cgroup whose only directory this is.</summary>
    private JsonNode Data(string key)
    {
        using Cgroup cgroup = Cgroup.Open([new KeyValuePair<string, string>(key, directory.Path)]);
        return JsonNode.Parse(Encoding.UTF8.GetString(EventJson.Stats("x", Statistics.Read(cgroup)).Span))!["data"]!;
    }

    private static void Is(JsonNode? node, string json) => Assert.That(node?.ToJsonString(), NUnit.Framework.Is.EqualTo(json));

    [Test]
    public void Cpu_of_v2_is_in_nanoseconds()
    {
        File("cpu.stat", "usage_usec 300\nuser_usec 100\nsystem_usec 200\nnice_usec 0\nnr_periods 3\nnr_throttled 2\nthrottled_usec 7\n");
        File("cpu.pressure", "some avg10=1.50 avg60=0.00 avg300=0.25 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        Is(Data("")["cpu"],
            """{"usage":{"total":300000,"kernel":200000,"user":100000},"throttling":{"periods":3,"throttledPeriods":2,"throttledTime":7000},"psi":{"some":{"avg10":1.5,"avg60":0,"avg300":0.25,"total":12},"full":{"avg10":0,"avg60":0,"avg300":0,"total":0}}}""");
    }

    [Test]
    public void Memory_and_swap_of_v2_are_told_together()
    {
        File("memory.stat", "anon 10\nfile 20\n");
        File("memory.current", "100\n");
        File("memory.max", "1000\n");
        File("memory.peak", "500\n");
        File("memory.events", "low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\n");
        File("memory.swap.current", "30\n");
        File("memory.swap.max", "2000\n");
        Is(Data("")["memory"],
            """{"cache":20,"usage":{"limit":1000,"usage":100,"max":500,"failcnt":4},"swap":{"limit":3000,"usage":130,"failcnt":0},"kernel":{"limit":0,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0},"raw":{"anon":10,"file":20}}""");
        File("memory.swap.max", "max\n");
        Assert.That((ulong)Data("")["memory"]!["swap"]!["limit"]!, NUnit.Framework.Is.EqualTo(ulong.MaxValue));
    }

    [Test]
    public void Disks_of_v2()
    {
        File("io.stat", "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n253:1 rbytes=1 wbytes=2 rios=3 wios=4\n");
        Is(Data("")["blkio"]!["ioServicedRecursive"],
            """[{"major":8,"op":"Read","value":1},{"major":8,"op":"Write"},{"major":8,"op":"Discard"},{"major":253,"minor":1,"op":"Read","value":3},{"major":253,"minor":1,"op":"Write","value":4}]""");
        Is(Data("")["blkio"]!["ioServiceBytesRecursive"]![0], """{"major":8,"op":"Read","value":4096}""");
    }

    [TestCase("", "current", "max", "events", "max 3\n", """{"2MB":{"usage":4194304,"failcnt":3}}""")]
    [TestCase("hugetlb", "usage_in_bytes", "limit_in_bytes", "failcnt", "3\n", """{"2MB":{"usage":4194304,"failcnt":3}}""")]
    public void Huge_pages_by_their_size(string key, string usage, string limit, string failures, string failed, string expected)
    {
        File("hugetlb.2MB." + usage, "4194304\n");
        File("hugetlb.2MB." + limit, "8388608\n");
        File("hugetlb.2MB." + failures, failed);
        File("hugetlb.2MB.rsvd." + usage, "1\n");
        Is(Data(key)["hugetlb"], expected);
    }

    [Test]
    public void Pids_without_a_limit()
    {
        File("pids.current", "3\n");
        File("pids.max", "max\n");
        Is(Data("pids")["pids"], """{"current":3}""");
        Is(Data("")["pids"], """{"current":3}""");
    }

    [Test]
    public void Cpu_time_of_v1_is_told_for_each_cpu()
    {
        File("cpuacct.stat", "user 3\nsystem 2\n");
        File("cpuacct.usage", "55\n");
        File("cpuacct.usage_percpu", "22 33 \n");
        File("cpuacct.usage_all", "cpu user system\n0 10 12\n1 16 17\n");
        File("cpu.stat", "nr_periods 1\nnr_throttled 2\nthrottled_time 3\n");
        Is(Data("cpu,cpuacct")["cpu"],
            """{"usage":{"total":55,"percpu":[22,33],"percpu_kernel":[12,17],"percpu_user":[10,16],"kernel":20000000,"user":30000000},"throttling":{"periods":1,"throttledPeriods":2,"throttledTime":3}}""");
    }

    [Test]
    public void A_column_that_a_vendors_kernel_adds_is_ignored()
    {
        File("cpuacct.usage_all", "cpu user system idle\n0 10 12 5\n1 16 17 6\n");
        Is(Data("cpuacct")["cpu"]!["usage"], """{"percpu_kernel":[12,17],"percpu_user":[10,16],"kernel":0,"user":0}""");
    }

    [Test]
    public void Sets_of_v1()
    {
        File("cpuset.cpus", "0-2,5\n");
        File("cpuset.mems", "\n");
        File("cpuset.sched_relax_domain_level", "-1\n");
        Is(Data("cpuset")["cpuset"],
            """{"cpus":[0,1,2,5],"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":-1}""");
    }

    [Test]
    public void Disks_of_v1_come_from_the_scheduler_or_from_the_throttle()
    {
        File("blkio.throttle.io_serviced_recursive", "8:0 Read 7\n8:0 Total 7\nTotal 7\n");
        Is(Data("blkio")["blkio"], """{"ioServicedRecursive":[{"major":8,"op":"Read","value":7},{"major":8,"op":"Total","value":7}]}""");
        File("blkio.bfq.io_serviced_recursive", "8:16 Write 9\n");
        File("blkio.bfq.time_recursive", "8:16 5\n");
        Is(Data("blkio")["blkio"],
            """{"ioServicedRecursive":[{"major":8,"minor":16,"op":"Write","value":9}],"ioTimeRecursive":[{"major":8,"minor":16,"value":5}]}""");
    }

    [Test]
    public void A_kernel_that_counts_nothing_gives_the_same_shape()
        => Is(Data("nothing"),
            """{"cpu":{"usage":{"kernel":0,"user":0},"throttling":{}},"cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":0},"memory":{"usage":{"limit":0,"failcnt":0},"swap":{"limit":0,"failcnt":0},"kernel":{"limit":0,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0}},"pids":{},"blkio":{},"hugetlb":{},"intel_rdt":{},"network_interfaces":null}""");
}
