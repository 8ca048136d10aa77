using System.Linq;
using NUnit.Framework;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;

namespace SharpRunc.Tests.Spec;

internal sealed class SpecTemplateTests
{
    [TestCase(true), TestCase(false)]
    public void The_template_keeps_every_rule(bool cgroupV2)
    {
        ValidationContext root = new(), user = new() { Unprivileged = true };
        Config privileged = ConfigReader.Read(SpecTemplate.Privileged(cgroupV2)),
            rootless = ConfigReader.Read(SpecTemplate.Rootless(1000, 1001, cgroupV2));
        Assert.Multiple(() =>
        {
            Assert.That(() => ConfigRules.Check(privileged, root), Throws.Nothing);
            Assert.That(() => ConfigRules.Check(rootless, user), Throws.Nothing);
            Assert.That(root.Warnings.Concat(user.Warnings), Is.Empty);
            Assert.That(privileged.Linux.Namespaces.Any(n => n.Type == NamespaceType.Cgroup), Is.EqualTo(cgroupV2));
            Assert.That(rootless.Linux.Namespaces.Any(n => n.Type == NamespaceType.Network), Is.False);
            Assert.That(rootless.Linux.UidMappings, Is.EqualTo(new[] { new IdMapping(0, 1000, 1) }));
            Assert.That(rootless.Linux.GidMappings, Is.EqualTo(new[] { new IdMapping(0, 1001, 1) }));
            Assert.That(rootless.Linux.Resources, Is.Null);
        });
    }

    [Test]
    public void The_template_is_the_one_that_people_know()
    {
        Config config = ConfigReader.Read(SpecTemplate.Privileged(cgroupV2: false));
        Assert.Multiple(() =>
        {
            Assert.That(config.Process!.Args, Is.EqualTo(new[] { "sh" }));
            Assert.That(config.Process.Terminal, Is.True);
            Assert.That(config.Process.NoNewPrivileges, Is.True);
            Assert.That(config.Process.Capabilities!.Permitted,
                Is.EqualTo(new[] { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" }));
            Assert.That(config.Process.Capabilities.Inheritable, Is.Empty);
            Assert.That(config.Process.Capabilities.Ambient, Is.Empty);
            Assert.That(config.Process.Rlimits, Is.EqualTo(new[] { new Rlimit("RLIMIT_NOFILE", 1024, 1024) }));
            Assert.That(config.Root!.Readonly, Is.True);
            Assert.That(config.Mounts.Select(m => m.Destination),
                Is.EqualTo(new[] { "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup" }));
            Assert.That(config.Mounts[2].Options, Does.Contain("gid=5"));
            Assert.That(config.Linux.Resources!.Devices[0].Allow, Is.False);
        });
    }
}
