using NUnit.Framework;
using SharpRunc.Core.Plan;

namespace SharpRunc.Tests.Plan;

/// <summary>config-linux.md#mount-label; what the kernel makes of it, in conformance/vm/checks/selinux.</summary>
internal sealed class MountLabelTests
{
    private const string Label = "system_u:object_r:svirt_image_t:s0:c1,c2";

    private static readonly MountLabel Labelled = MountLabel.Of(new() { Linux = new() { MountLabel = Label } });

    [TestCase("tmpfs")]
    [TestCase("devpts")]
    [TestCase("overlay")]
    public void The_mount_label_is_a_context_of_file_systems_that_are_made_for_the_container(string type)
        => Assert.That(Labelled.AddTo(["mode=755"], type), Is.EqualTo(new[] { "mode=755", $"context=\"{Label}\"" }));

    [TestCase("proc")]
    [TestCase("sysfs")]
    [TestCase("mqueue")]
    [TestCase("cgroup")]
    [TestCase("cgroup2")]
    public void What_the_policy_labels_gets_none(string type) => Assert.That(Labelled.AddTo(["a"], type), Is.EqualTo(new[] { "a" }));

    [Test]
    public void A_context_of_the_mounts_own_stays_alone()
    {
        string[] own = ["size=1m", "context=\"system_u:object_r:tmp_t:s0\""];
        Assert.That(Labelled.AddTo(own, "tmpfs"), Is.SameAs(own));
    }

    [TestCase(null)]
    [TestCase("")]
    public void Without_a_label_nothing_is_added(string? label)
    {
        string[] options = ["size=1m"];
        MountLabel none = MountLabel.Of(new() { Linux = new() { MountLabel = label } });
        Assert.That(none.AddTo(options, "tmpfs"), Is.SameAs(options));
    }
}
