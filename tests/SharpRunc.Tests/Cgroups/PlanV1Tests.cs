using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Cgroups;

public class PlanV1Tests
{
    private static string[] Files(Resources resources)
        => CgroupPlan.From(resources, Layouts.V1).Writes.Where(w => w.Controller != "devices")
        .Select(w => $"{w.File}={w.Value.TrimEnd('\n')}").ToArray();

    private static ContainerException Refusal(Resources resources)
        => Assert.Throws<ContainerException>(() => CgroupPlan.From(resources, Layouts.V1))!;

    [Test]
    public void Dockers_defaults_write_devices_and_nothing_else()
    {
        CgroupPlan plan = CgroupPlan.From(new Resources
        {
            Devices = [new DeviceRule { Allow = false, Access = "rwm" }],
            Memory = new MemoryResources { DisableOomKiller = false },
            Cpu = new CpuResources { Shares = 0 },
            BlockIo = new BlockIoResources { Weight = 0 },
        }, Layouts.V1);
        Assert.That(plan.Devices, Is.Null);
        Assert.That(plan.Writes.Select(w => w.File), Is.EqualTo((string[])["devices.deny", "devices.allow"]));
        Assert.That(plan.Writes[1].Value, Is.EqualTo(
            "c *:* m\nb *:* m\nc 10:200 rwm\nc 1:3 rwm\nc 1:8 rwm\nc 1:7 rwm\nc 5:0 rwm\nc 1:5 rwm\nc 1:9 rwm\nc 136:* rwm\nc 5:2 rwm\n"));
    }

    [Test]
    public void All_devices_allowed_is_one_write()
    {
        CgroupPlan plan = CgroupPlan.From(new Resources { Devices = [new DeviceRule { Allow = true }] }, Layouts.V1);
        Assert.That(plan.Writes.Select(w => (w.File, w.Value)), Is.EqualTo(((string, string)[])[("devices.allow", "a")]));
    }

    [Test]
    public void No_limit_on_memory_means_none_on_memory_and_swap()
        => Assert.That(Files(new Resources { Memory = new MemoryResources { Limit = -1 } }),
            Is.EqualTo((string[])["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"]));

    [TestCase(1ul, "the minimum allowed cpu-shares is 2")]
    [TestCase(262145ul, "the maximum allowed cpu-shares is 262144")]
    public void Shares_that_the_kernel_would_clamp_are_refused(ulong shares, string message)
        => Assert.That(Refusal(new Resources { Cpu = new CpuResources { Shares = shares } }).Message, Does.EndWith(message));

    [Test]
    public void Every_v1_file_gets_its_value()
        => Assert.That(Files(new Resources
        {
            Cpu = new CpuResources
            {
                Shares = 2,
                Quota = -1,
                Period = 50000,
                Burst = 0,
                RealtimePeriod = 1000000,
                RealtimeRuntime = 950000,
                Idle = 1
            },
            BlockIo = new BlockIoResources
            {
                WeightDevice = [new(8, 0, 500, 300)],
                ThrottleReadBpsDevice = [new(8, 0, 1), new(8, 16, 2)],
                ThrottleWriteBpsDevice = [new(8, 0, 3)],
                ThrottleReadIopsDevice = [new(8, 0, 4)],
                ThrottleWriteIopsDevice = [new(8, 0, 5)],
            },
            HugepageLimits = [new("1GB", 0)],
            Network = new NetworkResources { ClassId = 1048577, Priorities = [new("eth0", 500), new("eth1", 1000)] },
            Rdma = [new("mlx5_1", new(3, null))],
        }),
        Is.EqualTo((string[])["cpu.rt_period_us=1000000", "cpu.rt_runtime_us=950000", "cpu.shares=2", "cpu.cfs_period_us=50000",
            "cpu.cfs_burst_us=0", "cpu.cfs_quota_us=-1", "cpu.idle=1",
            "blkio.bfq.weight_device=8:0 500", "blkio.leaf_weight_device=8:0 300", "blkio.throttle.read_bps_device=8:0 1\n8:16 2",
                "blkio.throttle.write_bps_device=8:0 3",
            "blkio.throttle.read_iops_device=8:0 4", "blkio.throttle.write_iops_device=8:0 5", "hugetlb.1GB.limit_in_bytes=0",
                "hugetlb.1GB.rsvd.limit_in_bytes=0",
            "net_cls.classid=1048577", "net_prio.ifpriomap=eth0 500\neth1 1000", "rdma.max=mlx5_1 hca_handle=3"]));

    [Test]
    public void A_limit_of_a_controller_that_is_not_mounted_is_refused()
    {
        CgroupLayout layout = Layouts.Parse("35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory", "4:memory:/\n");
        ContainerException e =
            Assert.Throws<ContainerException>(() => CgroupPlan.From(new Resources { Pids = new PidsResources { Limit = 5 } }, layout))!;
        Assert.That((e.Pointer, e.Message), Is.EqualTo(("/linux/resources/pids/limit", "pids.max: the pids controller is not mounted")));
        e = Assert.Throws<ContainerException>(() => CgroupPlan.From(new Resources { Devices = [new DeviceRule()] }, layout))!;
        Assert.That(e.Pointer, Is.EqualTo("/linux/resources/devices"));
    }

    [Test]
    public void Swappiness_is_a_percentage()
        => Assert.That(Refusal(new Resources { Memory = new MemoryResources { Swappiness = 101 } }).Pointer,
            Is.EqualTo("/linux/resources/memory/swappiness"));

    [Test]
    public void Unified_needs_v2()
        => Assert.That(Refusal(new Resources { Unified = [new("memory.high", "1")] }).Pointer, Is.EqualTo("/linux/resources/unified"));

    [Test]
    public void Each_entry_of_a_list_needs_at_least_one_value()
    {
        Assert.That(Refusal(new Resources { Rdma = [new("mlx5_1", default)] }).Pointer, Is.EqualTo("/linux/resources/rdma/mlx5_1"));
        Assert.That(Refusal(new Resources { BlockIo = new BlockIoResources { WeightDevice = [new(8, 0, null, null)] } }).Pointer,
            Is.EqualTo("/linux/resources/blockIO/weightDevice/0"));
    }
}
