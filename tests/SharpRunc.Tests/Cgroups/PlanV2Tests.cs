using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

/// <summary>config.json speaks v1; the conversions to v2 with the values that runc gives.</summary>
public class PlanV2Tests
{
    private static string[] Files(Resources resources)
        => CgroupPlan.From(resources, Layouts.V2).Writes.Select(w => $"{w.File}={w.Value.TrimEnd('\n')}").ToArray();

    private static ContainerException Refusal(Resources resources)
        => Assert.Throws<ContainerException>(() => CgroupPlan.From(resources, Layouts.V2))!;

    [TestCase(1ul, 1)]
    [TestCase(2ul, 1)]
    [TestCase(3ul, 2)]
    [TestCase(10ul, 4)]
    [TestCase(100ul, 17)]
    [TestCase(256ul, 35)]
    [TestCase(512ul, 59)]
    [TestCase(1023ul, 100)]
    [TestCase(1024ul, 100)]
    [TestCase(1025ul, 101)]
    [TestCase(2048ul, 174)]
    [TestCase(4096ul, 303)]
    [TestCase(10000ul, 627)]
    [TestCase(262144ul, 10000)]
    [TestCase(ulong.MaxValue, 10000)]
    public void Shares_become_a_weight(ulong shares, int weight)
        => Assert.That(Files(new Resources { Cpu = new CpuResources { Shares = shares } }), Is.EqualTo((string[])[$"cpu.weight={weight}"]));

    [Test]
    public void Weights_grow_with_shares()
    {
        long last = 0;
        for (ulong shares = 2; shares <= 262144; shares++)
        {
            long weight = Core.Cgroups.V2.Cpu.Weight(shares);
            Assert.That(weight, Is.InRange(last, 10000L));
            last = weight;
        }
    }

    [TestCase(50000L, 100000ul, "50000 100000")]
    [TestCase(50000L, null, "50000 100000")]
    [TestCase(-1L, 20000ul, "max 20000")]
    [TestCase(-1L, null, "max 100000")]
    [TestCase(null, 20000ul, "max 20000")]
    [TestCase(0L, 20000ul, "max 20000")]
    public void Quota_and_period_are_one_file(long? quota, ulong? period, string max)
        => Assert.That(Files(new Resources { Cpu = new CpuResources { Quota = quota, Period = period } }),
            Is.EqualTo((string[])["cpu.max=" + max]));

    [Test]
    public void Zero_is_unset_for_shares_quota_period_memory_and_weight()
        => Assert.That(Files(new Resources
        {
            Cpu = new CpuResources { Shares = 0, Quota = 0, Period = 0, RealtimePeriod = 0, RealtimeRuntime = 0, Cpus = "", Mems = "" },
            Memory = new MemoryResources
            {
                Limit = 0,
                Swap = 0,
                Reservation = 0,
                DisableOomKiller = false,
                Kernel = 1 << 20,
                UseHierarchy = true
            },
            BlockIo = new BlockIoResources { Weight = 0, LeafWeight = 0 },
            Network = new NetworkResources { ClassId = 0 },
        }), Is.Empty);

    [TestCase(100L, 300L, "200")]
    [TestCase(100L, 100L, "0")]
    [TestCase(100L, -1L, "max")]
    [TestCase(100L, 0L, null)]
    [TestCase(-1L, 0L, "max")]
    [TestCase(-1L, -1L, "max")]
    [TestCase(-1L, 500L, "500")]
    [TestCase(0L, -1L, "max")]
    [TestCase(0L, 0L, null)]
    public void Memory_and_swap_becomes_swap_alone(long limit, long swap, string? max)
        => Assert.That(Core.Cgroups.V2.Memory.SwapMax(limit, swap), Is.EqualTo(max));

    [TestCase(200L, 100L, "memory/swap memory+swap limit should be >= memory limit")]
    [TestCase(0L, 100L, "memory/swap unable to set swap limit without memory limit")]
    public void Swap_that_cannot_be_subtracted_is_refused(long limit, long swap, string message)
    {
        ContainerException e = Refusal(new Resources { Memory = new MemoryResources { Limit = limit, Swap = swap } });
        Assert.That((e.Message, e.Pointer), Is.EqualTo((message, "/linux/resources/memory/swap")));
    }

    [Test]
    public void Memory_is_written_swap_first()
        => Assert.That(Files(new Resources { Memory = new MemoryResources { Limit = 100, Swap = 300, Reservation = -1 } }),
            Is.EqualTo((string[])["memory.swap.max=200", "memory.max=100", "memory.low=max"]));

    [TestCase(1, 1)]
    [TestCase(9, 1)]
    [TestCase(10, 1)]
    [TestCase(100, 910)]
    [TestCase(500, 4950)]
    [TestCase(1000, 10000)]
    public void A_block_weight_is_scaled_unless_bfq_takes_it(int weight, int scaled)
    {
        CgroupWrite write = CgroupPlan.From(new Resources { BlockIo = new BlockIoResources { Weight = (ushort)weight } }, Layouts.V2)
            .Writes.Single();
        Assert.That((write.File, write.Value, write.ElseFile, write.ElseValue),
            Is.EqualTo(("io.bfq.weight", $"{weight}", "io.weight", $"{scaled}")));
    }

    [Test]
    public void Throttling_is_one_file_and_zero_lifts_it()
        => Assert.That(Files(new Resources
        {
            BlockIo = new BlockIoResources
            {
                ThrottleReadBpsDevice = [new(8, 0, 1000), new(8, 16, 0)],
                ThrottleWriteBpsDevice = [new(8, 0, 2000)],
                ThrottleReadIopsDevice = [new(8, 0, 30)],
                ThrottleWriteIopsDevice = [new(8, 0, 40)],
                WeightDevice = [new(8, 0, 300, null)],
            },
        }),
        Is.EqualTo((string[])["io.bfq.weight=8:0 300", "io.max=8:0 rbps=1000\n8:16 "
            + "rbps=max", "io.max=8:0 wbps=2000", "io.max=8:0 riops=30", "io.max=8:0 wiops=40"]));

    [TestCase(-1L, "max")]
    [TestCase(0L, "0")]
    [TestCase(7L, "7")]
    public void Pids_limit_is_written_as_it_is(long limit, string max)
        => Assert.That(Files(new Resources { Pids = new PidsResources { Limit = limit } }), Is.EqualTo((string[])["pids.max=" + max]));

    [Test]
    public void No_limit_may_be_negative_but_minus_one()
    {
        Assert.That(Refusal(new Resources { Pids = new PidsResources { Limit = -2 } }).Pointer, Is.EqualTo("/linux/resources/pids/limit"));
        Assert.That(Refusal(new Resources { Memory = new MemoryResources { Limit = -2 } }).Pointer,
            Is.EqualTo("/linux/resources/memory/limit"));
    }

    [Test]
    [Must("unified.unknown")]
    public void Everything_comes_in_a_fixed_order()
        => Assert.That(Files(new Resources
        {
            Unified = [new("memory.high", "1G"), new("io.latency", "8:0 target=1\n8:16 target=2")],
            Rdma = [new("mlx5_1", new(3, 10000)), new("mlx4_0", new(null, 5))],
            HugepageLimits = [new("2MB", 4096)],
            Cpu = new CpuResources { Shares = 1024, Quota = 5, Burst = 3, Idle = 0, Cpus = "0-1", Mems = "0" },
            Memory = new MemoryResources { Limit = 5 },
            Pids = new PidsResources { Limit = 5 },
        }),
        Is.EqualTo((string[])["pids.max=5", "memory.max=5", "cpu.weight=100", "cpu.idle=0", "cpu.max.burst=3", "cpu.max=5 100000",
            "cpuset.cpus=0-1", "cpuset.mems=0",
            "hugetlb.2MB.max=4096", "hugetlb.2MB.rsvd.max=4096", "rdma.max=mlx5_1 hca_handle=3 hca_object=10000",
                "rdma.max=mlx4_0 hca_object=5",
            "memory.high=1G", "io.latency=8:0 target=1\n8:16 target=2"]));

    private static IEnumerable<TestCaseData> Inconvertible()
    {
        yield return new(new Resources { Memory = new MemoryResources { Swappiness = 10 } }, "memory/swappiness");
        yield return new(new Resources { Memory = new MemoryResources { DisableOomKiller = true } }, "memory/disableOOMKiller");
        yield return new(new Resources { Memory = new MemoryResources { KernelTcp = 4096 } }, "memory/kernelTCP");
        yield return new(new Resources { Cpu = new CpuResources { RealtimeRuntime = 950000 } }, "cpu/realtimeRuntime");
        yield return new(new Resources { Cpu = new CpuResources { RealtimePeriod = 1000000 } }, "cpu/realtimePeriod");
        yield return new(new Resources { BlockIo = new BlockIoResources { LeafWeight = 10 } }, "blockIO/leafWeight");
        yield return new(new Resources { BlockIo = new BlockIoResources { WeightDevice = [new(8, 0, 10, 10)] } },
            "blockIO/weightDevice/0/leafWeight");
        yield return new(new Resources { Network = new NetworkResources { ClassId = 1048577 } }, "network/classID");
        yield return new(new Resources { Network = new NetworkResources { Priorities = [new("eth0", 500)] } }, "network/priorities");
    }

    [TestCaseSource(nameof(Inconvertible))]
    [Must("unified.conversion")]
    public void If_the_conversion_is_not_possible_the_runtime_must_error(object resources, string property)
        => Assert.That(Refusal((Resources)resources).Pointer, Is.EqualTo("/linux/resources/" + property));

    [TestCase("../memory.max")]
    [TestCase("a/b")]
    [TestCase("..")]
    [TestCase("")]
    public void A_unified_key_is_one_file_name(string key)
        => Assert.That(Refusal(new Resources { Unified = [new(key, "1")] }).Pointer,
            Is.EqualTo("/linux/resources/unified/" + key.Replace("/", "~1")));

    [TestCase("2mb")]
    [TestCase("../../x")]
    [TestCase("MB")]
    [TestCase("02MB")]
    [TestCase("2MB/../x")]
    [TestCase("")]
    public void A_page_size_is_the_kernels_own_form(string size)
        => Assert.That(Refusal(new Resources { HugepageLimits = [new(size, 1)] }).Pointer,
            Is.EqualTo("/linux/resources/hugepageLimits/0/pageSize"));

    [Test]
    public void Devices_are_a_program_and_no_file()
    {
        CgroupPlan plan = CgroupPlan.From(null, Layouts.V2);
        Assert.That(plan.Writes, Is.Empty);
        Assert.That(plan.Devices!.AllowsByDefault, Is.False, "without any rule a container has the default devices alone");
    }
}
