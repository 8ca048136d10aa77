using NUnit.Framework;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Plan;

/// <summary>What is decided of mounts[] before the child is cloned.</summary>
internal sealed class MountStepTests
{
    [TestCase("proc", "proc", "", "/proc", MountKind.Kernel, "proc")]
    [TestCase("/sys/", "sysfs", "ro", "/sys", MountKind.Kernel, "sysfs")]
    [TestCase("/sys/fs/cgroup", "cgroup2", "rw", "/sys/fs/cgroup", MountKind.Cgroup, "cgroup2")]
    [TestCase("/tmp", "tmpfs", "size=1m", "/tmp", MountKind.Tmpfs, "tmpfs")]
    [TestCase("/data/../data", "none", "rbind,ro", "/data", MountKind.Bind, "/bundle/none")]
    [TestCase("/data", "ext4", "bind", "/data", MountKind.Bind, "/bundle/ext4")]
    [TestCase("/", "overlay", "", "/", MountKind.FileSystem, "overlay")]
    [TestCase("/dev", "tmpfs", "remount,ro", "/dev", MountKind.Remount, "tmpfs")]
    public void An_entry_has_a_kind_a_clean_destination_and_for_binds_an_absolute_source(string destination, string type, string options,
        string clean, MountKind kind, string source)
    {
        Mount mount = new()
        {
            Destination = destination,
            Type = type,
            Source = type,
            Options = options.Split(',', System.StringSplitOptions.RemoveEmptyEntries)
        };
        MountStep step = MountStep.All([mount], "/bundle")[0];
        Assert.That((step.Destination, step.Kind, step.Source, step.Pointer), Is.EqualTo((clean, kind, source, "/mounts/0")));
        Assert.That(step.IsRoot, Is.EqualTo(clean == "/"));
    }

    [Test]
    public void They_keep_their_order_and_know_their_place()
    {
        MountStep[] steps = MountStep.All([new() { Destination = "/b" }, new() { Destination = "/a", Options = ["idmap"] }], "/bundle");
        Assert.That(System.Array.ConvertAll(steps, static step => (step.Index, step.Destination, step.IsIdMapped)),
            Is.EqualTo(new[] { (0, "/b", false), (1, "/a", true) }));
    }
}
