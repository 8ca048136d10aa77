using System.Linq;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;

namespace SharpRunc.Tests.Cgroups;

public class CgroupLayoutTests
{
    private const string TmpfsOnTop = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n";
    private const string V1Memory = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
    private const string Unified = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

    [Test]
    public void Controllers_mounted_together_are_one_hierarchy()
    {
        Hierarchy cpu = Layouts.V1.Hierarchies.Single(h => h.Has("cpu"));
        Assert.That(cpu.Controllers, Is.EqualTo((string[])["cpu", "cpuacct"]));
        Assert.That(cpu.MountPoint, Is.EqualTo("/sys/fs/cgroup/cpu,cpuacct"));
        Assert.That(cpu.OwnPath, Is.EqualTo("/user.slice"));
        Assert.That(Layouts.V1.Kind, Is.EqualTo(CgroupKind.V1));
        Assert.That(Layouts.V1.Hierarchies.Any(h => h.Has("name=systemd")));
    }

    [Test]
    public void A_controller_that_is_not_mounted_has_no_hierarchy() => Assert.That(Layouts.V1.Has("perf_event"), Is.False);

    [Test]
    public void Cgroup2_alone_is_v2()
    {
        Assert.That(Layouts.V2.Kind, Is.EqualTo(CgroupKind.V2));
        Assert.That(Layouts.V2.Hierarchies.Single().IsUnified);
    }

    [Test]
    public void Both_beside_each_other_are_hybrid_and_the_unified_one_is_last()
    {
        CgroupLayout layout = Layouts.Parse(TmpfsOnTop + Unified + V1Memory, "0::/\n4:memory:/a:b\n");
        Assert.That(layout.Kind, Is.EqualTo(CgroupKind.Hybrid));
        Assert.That(layout.Hierarchies[^1].IsUnified);
        Assert.That(layout.Hierarchies[0].OwnPath, Is.EqualTo("/a:b"));
    }

    [Test]
    public void Unmounting_the_unified_hierarchy_makes_hybrid_v1()
        => Assert.That(Layouts.Parse(TmpfsOnTop + V1Memory, "4:memory:/\n0::/\n").Kind, Is.EqualTo(CgroupKind.V1));

    [Test]
    public void Cgroup2_mounted_over_hybrid_is_v2()
        => Assert.That(Layouts.Parse(TmpfsOnTop + V1Memory + Unified + "50 31 0:38 / /sys/fs/cgroup rw - cgroup2 none rw\n",
            "4:memory:/\n0::/\n").Kind, Is.EqualTo(CgroupKind.V2));

    [Test]
    public void The_usual_place_is_taken_before_a_copy()
    {
        const string Copy = "20 1 0:32 / /var/lib/chroot/memory rw - cgroup cgroup rw,memory\n";
        Assert.That(Layouts.Parse(Copy + V1Memory, "4:memory:/\n").Hierarchies[0].MountPoint, Is.EqualTo("/sys/fs/cgroup/memory"));
        Assert.That(Layouts.Parse(Copy, "4:memory:/\n").Hierarchies[0].MountPoint, Is.EqualTo("/var/lib/chroot/memory"));
    }

    [Test]
    public void Escaped_characters_of_a_mount_point_are_read()
        => Assert.That(Layouts.Parse(@"20 1 0:32 / /my\040cg\134x rw - cgroup cgroup rw,memory", "4:memory:/\n").Hierarchies[0].MountPoint,
            Is.EqualTo(@"/my cg\x"));

    [Test]
    public void A_container_that_was_given_no_cgroup_mount_has_no_hierarchy()
        => Assert.That(Layouts.Parse(TmpfsOnTop, "4:memory:/\n").Hierarchies, Is.Empty);

    [Test]
    public void This_machine_is_read()
    {
        CgroupLayout layout = CgroupLayout.Detect();
        Assert.That(layout.Hierarchies, Has.All.Matches<Hierarchy>(h => System.IO.Directory.Exists(h.MountPoint)));
    }

    [TestCase("/docker/x", "/sys/fs/cgroup", ExpectedResult = "docker/x")]
    [TestCase("a/b", "/sys/fs/cgroup", ExpectedResult = "system.slice/a/b", Description = "beside our own, because ours holds processes")]
    [TestCase(null, "/sys/fs/cgroup", ExpectedResult = "system.slice/id")]
    [TestCase("", "/sys/fs/cgroup", ExpectedResult = "system.slice/id")]
    [TestCase("../../../etc", "/sys/fs/cgroup", ExpectedResult = "system.slice/etc")]
    public string On_v2_a_relative_path_stands_beside_our_own(string? path, string mount)
    {
        Assert.That(Layouts.V2.Hierarchies[0].MountPoint, Is.EqualTo(mount));
        return CgroupPath.In(Layouts.V2.Hierarchies[0], CgroupKind.V2, path, "id");
    }

    [TestCase("/docker/x", ExpectedResult = "docker/x")]
    [TestCase("/../x", ExpectedResult = "x")]
    [TestCase("//a/./b/../c/", ExpectedResult = "a/c")]
    [TestCase("a", ExpectedResult = "user.slice/a")]
    [TestCase("a/../../x", ExpectedResult = "user.slice/x")]
    [TestCase(null, ExpectedResult = "user.slice/id")]
    public string On_v1_a_relative_path_stands_below_our_own(string? path)
        => CgroupPath.In(Layouts.V1.Hierarchies.Single(h => h.Has("cpu")), CgroupKind.V1, path, "id");

    [Test]
    public void Our_own_path_counts_from_what_is_mounted()
    {
        // In a container without a cgroup namespace the mount shows only a part of the tree, the path names all of it.
        CgroupLayout layout = Layouts.Parse("35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
            "4:memory:/docker/abc/inner\n");
        Assert.That(CgroupPath.In(layout.Hierarchies[0], layout.Kind, null, "id"), Is.EqualTo("inner/id"));
    }
}
