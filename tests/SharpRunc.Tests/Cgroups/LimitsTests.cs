using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

/// <summary>Limits as the kernel says them back.</summary>
public class LimitsTests
{
    [SetUp]
    public void NeedsHybrid() => TestCgroup.Require();

    private static void Apply(TestCgroup test, Resources resources)
        => test.Cgroup.Limits.Apply(CgroupPlan.From(resources, TestCgroup.Layout));

    private static ContainerException Refusal(TestCgroup test, Resources resources)
        => Assert.Throws<ContainerException>(() => Apply(test, resources))!;

    [Test]
    public void What_the_engines_ask_for_is_what_the_kernel_holds()
    {
        using TestCgroup test = new();
        Apply(test, new Resources
        {
            Memory = new MemoryResources
            {
                Limit = 67108864,
                Swap = 134217728,
                Reservation = 33554432,
                Swappiness = 10,
                DisableOomKiller = true,
                KernelTcp = 16777216,
            },
            Cpu = new CpuResources { Shares = 512, Quota = 50000, Period = 200000, Burst = 20000, Cpus = "0", Mems = "0" },
            Pids = new PidsResources { Limit = 50 },
            BlockIo = new BlockIoResources { Weight = 500 },
        });
        Assert.Multiple(() =>
        {
            Assert.That(test.Read("memory", "memory.limit_in_bytes"), Is.EqualTo("67108864"));
            Assert.That(test.Read("memory", "memory.memsw.limit_in_bytes"), Is.EqualTo("134217728"));
            Assert.That(test.Read("memory", "memory.soft_limit_in_bytes"), Is.EqualTo("33554432"));
            Assert.That(test.Read("memory", "memory.kmem.tcp.limit_in_bytes"), Is.EqualTo("16777216"));
            Assert.That(test.Read("memory", "memory.swappiness"), Is.EqualTo("10"));
            Assert.That(test.Read("memory", "memory.oom_control"), Does.StartWith("oom_kill_disable 1"));
            Assert.That(test.Read("cpu", "cpu.shares"), Is.EqualTo("512"));
            Assert.That(test.Read("cpu", "cpu.cfs_quota_us"), Is.EqualTo("50000"));
            Assert.That(test.Read("cpu", "cpu.cfs_period_us"), Is.EqualTo("200000"));
            Assert.That(test.Read("cpu", "cpu.cfs_burst_us"), Is.EqualTo("20000"));
            Assert.That(test.Read("cpuset", "cpuset.cpus"), Is.EqualTo("0"));
            Assert.That(test.Read("cpuset", "cpuset.mems"), Is.EqualTo("0"));
            Assert.That(test.Read("pids", "pids.max"), Is.EqualTo("50"));
            Assert.That(test.Read("blkio", "blkio.bfq.weight"), Is.EqualTo("500"));
        });
    }

    [Test]
    public void Limits_can_be_raised_and_lowered_whatever_they_were()
    {
        using TestCgroup test = new();
        foreach (long megabytes in (long[])[64, 512, 16, -1, 32])
        {
            long bytes = megabytes < 0 ? -1 : megabytes << 20, quota = megabytes < 0 ? -1 : megabytes * 1000;
            ulong burst = megabytes < 0 ? 0 : (ulong)megabytes * 900;
            Apply(test, new Resources
            {
                Memory = new MemoryResources { Limit = bytes, Swap = bytes },
                Cpu = new CpuResources { Quota = quota, Burst = burst },
            });
            string held = bytes < 0 ? "9223372036854771712" : bytes.ToString();
            Assert.That(test.Read("memory", "memory.limit_in_bytes"), Is.EqualTo(held));
            Assert.That(test.Read("memory", "memory.memsw.limit_in_bytes"), Is.EqualTo(held));
            Assert.That(test.Read("cpu", "cpu.cfs_quota_us"), Is.EqualTo(quota.ToString()));
        }
    }

    [Test]
    public void An_idle_group_can_take_shares_again()
    {
        using TestCgroup test = new();
        Apply(test, new Resources { Cpu = new CpuResources { Shares = 300, Idle = 1 } });
        Assert.That(test.Read("cpu", "cpu.idle"), Is.EqualTo("1"));
        Apply(test, new Resources { Cpu = new CpuResources { Shares = 300, Idle = 0 } });
        Assert.That(test.Read("cpu", "cpu.shares"), Is.EqualTo("300"));
    }

    [Test]
    public void Pids_limit_zero_is_a_limit()
    {
        using TestCgroup test = new();
        Apply(test, new Resources { Pids = new PidsResources { Limit = 0 } });
        Assert.That(test.Read("pids", "pids.max"), Is.EqualTo("0"));
        (int status, string output) = test.Run("/bin/true");
        Assert.That(status, Is.Not.Zero, output);
        Assert.That(output, Does.Contain("fork"));
    }

    [Test]
    public void A_throttled_device_is_listed()
    {
        string root = File.ReadAllText("/sys/class/block/vda/dev").TrimEnd();
        string[] number = root.Split(':');
        ThrottleDevice device = new(long.Parse(number[0]), long.Parse(number[1]), 1048576);
        BlockIoResources io = new() { ThrottleReadBpsDevice = [device], ThrottleWriteIopsDevice = [device with { Rate = 100 }] };
        using TestCgroup test = new();
        Apply(test, new Resources { BlockIo = io });
        Assert.That(test.Read("blkio", "blkio.throttle.read_bps_device"), Is.EqualTo(root + " 1048576"));
        Assert.That(test.Read("blkio", "blkio.throttle.write_iops_device"), Is.EqualTo(root + " 100"));
    }

    [Test]
    public void A_refused_value_names_the_property_and_the_file()
    {
        using TestCgroup test = new();
        ContainerException e = Refusal(test, new Resources { Cpu = new CpuResources { Cpus = "4096" } });
        Assert.That(e.Pointer, Is.EqualTo("/linux/resources/cpu/cpus"));
        Assert.That(e.Message, Does.Contain(test.DirectoryOf("cpuset") + "/cpuset.cpus"));
        Assert.That(e.Errno, Is.Not.Zero);
    }

    [Test]
    [Must("cpu.burst")]
    public void A_burst_above_the_quota_is_refused_after_both_orders_were_tried()
    {
        using TestCgroup test = new();
        Apply(test, new Resources { Cpu = new CpuResources { Quota = 20000 } });
        ContainerException e = Refusal(test, new Resources { Cpu = new CpuResources { Quota = 30000, Burst = 40000 } });
        Assert.That(e.Pointer, Is.EqualTo("/linux/resources/cpu/burst"));
        Assert.That(test.Read("cpu", "cpu.cfs_quota_us"), Is.EqualTo("30000"));
    }

    [Test]
    public void A_missing_file_says_so()
    {
        using TestCgroup test = new();
        ContainerException e = Refusal(test, new Resources { BlockIo = new BlockIoResources { LeafWeight = 20 } });
        Assert.That(e.Pointer, Is.EqualTo("/linux/resources/blockIO/leafWeight"));
        Assert.That(e.Hint, Is.EqualTo("the kernel has no such file"));
    }

    [Test]
    [Must("memory.checkBeforeUpdate")]
    public void A_memory_limit_below_what_is_used_is_refused_with_the_numbers()
    {
        using TestCgroup test = new();
        var holder = test.Start("x=$(head -c 30000000 /dev/zero | tr '\\0' x); echo full; sleep 60");
        Assert.That(holder.StandardOutput.ReadLine(), Is.EqualTo("full"));
        // Anonymous memory that nothing can be swapped out of or dropped.
        if (File.ReadAllLines("/proc/swaps").Length > 1)
            Assert.Ignore("there is swap space to push the pages to");
        ContainerException e = Refusal(test, new Resources { Memory = new MemoryResources { Limit = 1 << 20 } });
        Assert.That(e.Message, Does.Contain("unable to set memory limit to 1048576 (current usage: "));
    }

    [Test, Must("memory.checkBeforeUpdate")]
    public void On_v2_too_if_checkBeforeUpdate_asks_for_it([Values] bool check)
    {
        // A directory with the files of a v2 cgroup whose 30 MB are in use: the kernel itself would kill to make room.
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["memory.current"], "30000000\n");
        File.WriteAllText(directory["memory.max"], "max");
        MemoryResources memory = new() { Limit = 1 << 20, CheckBeforeUpdate = check };
        CgroupPlan plan = CgroupPlan.ForUpdate(new Resources { Memory = memory }, Layouts.V2);
        using Cgroup cgroup = Cgroup.Open([new("", directory.Path)]);
        if (check)
            Assert.That(() => cgroup.Limits.Apply(plan), Throws.TypeOf<ContainerException>());
        else
            cgroup.Limits.Apply(plan);
        Assert.That(File.ReadAllText(directory["memory.max"]), Does.StartWith(check ? "max" : "1048576"));
    }

    [Test]
    public void The_v1_device_list_is_the_set()
    {
        using TestCgroup test = new();
        Apply(test, new Resources());
        IEnumerable<string> expected = DeviceSet.From([], []).Exemptions.Select(e => e.ToString());
        Assert.That(test.Read("devices", "devices.list").Split('\n'), Is.EquivalentTo(expected));
    }
}
