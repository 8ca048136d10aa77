using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Cgroups;

/// <summary>What the OOM killer has done.</summary>
public class MemoryEventsTests
{
    [SetUp]
    public void NeedsHybrid() => TestCgroup.Require();

    [Test]
    public void An_oom_kill_is_noticed()
    {
        using TestCgroup test = new();
        MemoryResources memory = new() { Limit = 8 << 20, Swap = 8 << 20 };
        test.Cgroup.Limits.Apply(CgroupPlan.From(new Resources { Memory = memory }, TestCgroup.Layout));
        Assert.That(test.Cgroup.MemoryEvents.WasKilled(), Is.False);
        (int status, _) = test.Run("exec tail /dev/zero");
        Assert.That(status, Is.EqualTo(137));
        Assert.That(test.Cgroup.MemoryEvents.WasKilled());
    }
}
