using NUnit.Framework;
using SharpRunc.Core.Plan;

namespace SharpRunc.Tests.Plan;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>config-linux.md#rootfs-mount-propagation as mount(2) takes it; who then sees what: Rootfs.PropagationTableTests.</summary>
internal sealed class PropagationTests
{
    [TestCase(null, MS_SLAVE | MS_REC, 0u, true)]
    [TestCase("private", MS_PRIVATE | MS_REC, 0u, true)]
    [TestCase("rprivate", MS_PRIVATE | MS_REC, 0u, true)]
    [TestCase("slave", MS_SLAVE | MS_REC, MS_SLAVE, false)]
    [TestCase("rslave", MS_SLAVE | MS_REC, MS_SLAVE | MS_REC, false)]
    [TestCase("shared", MS_SHARED | MS_REC, MS_SHARED, false)]
    [TestCase("rshared", MS_SHARED | MS_REC, MS_SHARED | MS_REC, false)]
    [TestCase("unbindable", MS_PRIVATE | MS_REC, MS_UNBINDABLE, true)]
    [TestCase("runbindable", MS_PRIVATE | MS_REC, MS_UNBINDABLE | MS_REC, true)]
    /// <param name="root">0: it is that already.</param>
    public void The_hosts_mounts_and_later_the_root_have_the_propagation_of_the_row(string? name, uint before, uint root, bool isPrivate)
    {
        Propagation propagation = Propagation.Of(name);
        Assert.That((propagation.BeforeSwitch, propagation.OfRoot, propagation.IsPrivate),
            Is.EqualTo(((ulong)before, root == 0 ? null : (ulong?)root, isPrivate)));
    }
}
