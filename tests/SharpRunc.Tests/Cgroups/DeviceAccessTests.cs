using System.IO;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

/// <summary>What a process in the cgroup may do with devices: the v1 controller and the v2 program asked the same.</summary>
[TestFixture(false)]
[TestFixture(true)]
public class DeviceAccessTests(bool program)
{
    [SetUp]
    public void NeedsHybrid() => TestCgroup.Require();

    private void Apply(TestCgroup test, params DeviceRule[] rules)
    {
        if (!program)
        {
            test.Cgroup.Limits.Apply(CgroupPlan.From(new Resources { Devices = rules }, TestCgroup.Layout));
            return;
        }
        // The hybrid layout's unified hierarchy takes device programs too: v2 as far as devices go.
        CgroupLayout v2 = new() { Kind = CgroupKind.V2, Hierarchies = [TestCgroup.Layout.Hierarchies[^1]] };
        using Cgroup unified = Cgroup.Open(test.Cgroup.Paths[^1..]);
        unified.Limits.Apply(CgroupPlan.From(new Resources { Devices = rules }, v2));
    }

    private static readonly DeviceRule NothingAtAll = new() { Allow = false, Access = "rwm" };

    private static bool May(TestCgroup test, string script) => test.Run(script).Status == 0;

    [Test]
    public void Default_devices_work_and_others_do_not()
    {
        using TestCgroup test = new();
        Apply(test, NothingAtAll);
        Assert.That(May(test, "head -c1 /dev/zero >/dev/null && head -c1 /dev/urandom >/dev/null && head -c1 /dev/full >/dev/null"));
        Assert.That(May(test, "exec 3</dev/loop0"), Is.False);
        Assert.That(May(test, "exec 3</dev/kmsg"), Is.False);
    }

    [Test]
    public void What_a_rule_denies_by_name_is_denied_though_it_is_a_default()
    {
        string node = Path.Combine(Path.GetTempPath(), TestCgroup.NewName());
        using TestCgroup test = new();
        Assert.That(test.Run($"mknod {node} c 10 200").Status, Is.Zero);
        try
        {
            Apply(test, NothingAtAll, new() { Allow = false, Type = 'c', Major = 10, Minor = 200, Access = "rwm" });
            Assert.That(test.Run($"exec 3<>{node}").Output, Does.Contain("Operation not permitted"));
            Apply(test, NothingAtAll);
            Assert.That(test.Run($"exec 3<>{node}").Output, Does.Not.Contain("Operation not permitted"), "the default");
        }
        finally
        {
            File.Delete(node);
        }
    }

    [Test]
    public void Nodes_can_be_made_that_cannot_be_opened()
    {
        string node = Path.Combine(Path.GetTempPath(), TestCgroup.NewName());
        using TestCgroup test = new();
        Apply(test, NothingAtAll);
        try
        {
            Assert.That(May(test, $"mknod {node} c 1 11"));
            Assert.That(May(test, $"exec 3<{node}"), Is.False);
        }
        finally
        {
            File.Delete(node);
        }
    }

    [Test]
    public void An_allowed_access_is_allowed_and_no_other()
    {
        using TestCgroup test = new();
        Apply(test, NothingAtAll, new DeviceRule { Allow = true, Type = 'c', Major = 1, Minor = 11, Access = "r" });
        Assert.That(May(test, "exec 3</dev/kmsg"));
        Assert.That(May(test, "exec 3>/dev/kmsg"), Is.False);
        Assert.That(May(test, "exec 3<>/dev/kmsg"), Is.False);
    }

    [Test]
    [Must("device-rules.order")]
    public void All_but_one_access_is_all_but_that_one()
    {
        using TestCgroup test = new();
        Apply(test, new DeviceRule { Allow = true, Access = "rwm" },
            new DeviceRule { Allow = false, Type = 'c', Major = 1, Minor = 11, Access = "w" });
        Assert.That(May(test, "exec 3</dev/kmsg"));
        Assert.That(May(test, "exec 3>/dev/kmsg"), Is.False);
        Assert.That(May(test, "exec 3<>/dev/kmsg"), Is.False, "one refused access of two");
        Assert.That(May(test, "exec 3</dev/loop0"));
    }

    [Test]
    public void A_second_set_takes_the_place_of_the_first()
    {
        using TestCgroup test = new();
        Apply(test, NothingAtAll);
        Assert.That(May(test, "exec 3</dev/kmsg"), Is.False);
        Apply(test, new DeviceRule { Allow = true, Access = "rwm" });
        Assert.That(May(test, "exec 3</dev/kmsg"));
        Apply(test, NothingAtAll);
        Assert.That(May(test, "exec 3</dev/kmsg"), Is.False);
        if (program)
            Assert.That(Sys.DevicePrograms(test.Cgroup.Unified!), Has.Length.EqualTo(1), "a program leaks with each update");
    }
}
