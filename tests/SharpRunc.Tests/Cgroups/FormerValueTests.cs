using System.IO;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

/// <summary>What a refused update writes to have every file say what it said.</summary>
internal sealed class FormerValueTests
{
    // Files that take what they say.
    [TestCase("memory.max", "1048576", "max\n", "max")]
    [TestCase("cpu.max", "10000 100000", "max 100000\n", "max 100000")]
    [TestCase("cpuset.cpus", "0", "\n", "")]
    [TestCase("memory.high", "1\n", "max\n", "max")]
    // Entries.
    [TestCase("io.max", "8:0 rbps=1\n8:0 wbps=2", "", "8:0 rbps=max wbps=max riops=max wiops=max")]
    [TestCase("io.max", "8:0 rbps=1\n8:16 rbps=1\n", "8:16 rbps=5 wbps=max riops=max "
        + "wiops=7\n", "8:0 rbps=max wbps=max riops=max wiops=max|8:16 rbps=5 wbps=max riops=max wiops=7")]
    [TestCase("io.latency", "8:0 target=5", "8:16 target=75\n", "8:0 target=max")]
    [TestCase("blkio.throttle.read_bps_device", "8:0 1\n8:1 2\n", "8:1 5\n", "8:0 0|8:1 5")]
    [TestCase("blkio.throttle.write_iops_device", "8:0 1\n", "", "8:0 0")]
    [TestCase("blkio.bfq.weight_device", "8:0 500", "default 100\n8:16 200\n", "8:0 default")]
    [TestCase("io.bfq.weight", "8:0 500", "default 100\n8:0 200\n", "8:0 200")]
    [TestCase("io.bfq.weight", "500", "default 100\n8:0 200\n", "default 100")]
    [TestCase("io.weight", "default 500\n8:0 300", "default 100\n", "default 100|8:0 default")]
    [TestCase("rdma.max", "mlx4_0 hca_handle=3", "mlx4_0 hca_handle=max hca_object=7 \nmlx4_1 hca_handle=1 hca_object=1 "
        + "\n", "mlx4_0 hca_handle=max hca_object=7")]
    [TestCase("rdma.max", "mlx4_9 hca_handle=3", "mlx4_0 hca_handle=max hca_object=7 \n", "mlx4_9 hca_handle=max hca_object=max")]
    [TestCase("net_prio.ifpriomap", "eth0 5\neth1 6", "lo 0\neth0 3\n", "eth0 3|eth1 0")]
    // Files that say something else than they take.
    [TestCase("memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "0")]
    [TestCase("cgroup.subtree_control", "+cpu -pids +io", "cpu pids\n", "+cpu +pids -io")]
    [TestCase("memory.stat", "x", "anon 1\nfile 2\n", null)]
    public void It_is_what_the_file_takes_to_say_again_what_it_says(string file, string written, string present, string? former)
    {
        System.Collections.Generic.List<CgroupWrite> writes = FormerValue.From(new("io", file, written, "/x", WriteFlags.Lines), present);
        Assert.That(former is null ? writes.Count == 0 : string.Join('|', writes.ConvertAll(write => write.Value)) == former,
            string.Join('|', writes));
    }

    [Test]
    public void Where_one_of_two_files_takes_the_value_that_one_is_brought_back()
    {
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["io.weight"], "default 100\n8:0 50\n");
        File.WriteAllText(directory["io.max"], "");
        using Cgroup cgroup = Cgroup.Open([new("", directory.Path)]);
        CgroupPlan plan = CgroupPlan.ForUpdate(new Resources
        {
            BlockIo = new BlockIoResources
            {
                Weight = 500,
                ThrottleReadBpsDevice = [new(8, 0, 1)],
                ThrottleWriteBpsDevice = [new(8, 0, 1)]
            },
            Unified = [new("memory.reclaim", "1M")], // only written to
        }, Layouts.V2);
        CgroupPlan former = cgroup.Limits.Current(plan);
        Assert.That(former.Writes.ConvertAll(write => (write.File, write.Value)), Is.EqualTo(new[]
        {
            ("io.weight", "default 100"), ("io.max", "8:0 rbps=max wbps=max riops=max wiops=max"),
        }));
        string said = "";
        cgroup.Limits.Restore(former, warning => said += warning);
        Assert.That((said, File.ReadAllText(directory["io.weight"])), Is.EqualTo(("", "default 100\n8:0 50\n")));
    }
}
