using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>A mount of type cgroup shows the container's own cgroups and nobody else's, with and without a cgroup namespace.</summary>
internal sealed class CgroupMountTests
{
    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(true, true)]
    public void The_containers_own_cgroups_are_mounted(bool readOnly, bool ownNamespace)
    {
        using Runtime runtime = Runtime.Create();
        if (!File.Exists("/sys/fs/cgroup/memory/tasks"))
            Assert.Ignore("no v1 memory hierarchy here");
        Bundle bundle = runtime.NewBundle().Says("cat /sys/fs/cgroup/memory/cgroup.procs; mkdir /sys/fs/cgroup/memory/inner && rmdir /sys/fs/cgroup/memory/inner; touch /sys/fs/cgroup/x; ls /sys/fs/cgroup")
            .Mounting("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", readOnly ? "ro" : "rw"]);
        if (ownNamespace)
            bundle.InNamespace("cgroup");
        Result result = runtime.RunBundle(bundle).Expect(0);
        string[] lines = result.Output.Split('\n');
        Assert.That(lines[0], Is.EqualTo("1"), "the root of the mount is the container's own cgroup");
        Assert.That(lines, Does.Contain("memory").And.Contain("devices").And.Contain("systemd"));
        if (readOnly)
            Assert.That(result.Errors.Split("Read-only file system"), Has.Length.EqualTo(3), result.Errors);
        else
            Assert.That(result.Errors, Is.Empty);
    }
}
