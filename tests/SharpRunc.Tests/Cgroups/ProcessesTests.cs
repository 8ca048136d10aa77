using System.IO;
using System.Threading;
using NUnit.Framework;
using Process = System.Diagnostics.Process;

namespace SharpRunc.Tests.Cgroups;

/// <summary>Which processes a cgroup has, and what ends them.</summary>
public class ProcessesTests
{
    [SetUp]
    public void NeedsHybrid() => TestCgroup.Require();

    [Test]
    public void Kill_reaches_sub_cgroups_and_forks_and_never_leaves_it_frozen()
    {
        using TestCgroup test = new();
        string child = test.DirectoryOf("freezer") + "/child";
        Directory.CreateDirectory(child);
        Process inside = test.Start("sleep 60 & sleep 60 & wait");
        Process below = test.Start($"echo $$ > {child}/cgroup.procs; echo moved; exec sleep 60");
        below.StandardOutput.ReadLine();
        Assert.That(test.Cgroup.Processes.Count(), Is.GreaterThanOrEqualTo(2));
        Assert.That(test.Cgroup.Processes.List(), Does.Contain(below.Id));

        test.Cgroup.Processes.Kill(9);
        Assert.That(inside.WaitForExit(5000) && below.WaitForExit(5000));
        Assert.That(inside.ExitCode, Is.EqualTo(137));
        Assert.That(test.Cgroup.Freezer.IsFrozen(), Is.False);
        Assert.That(SpinWait.SpinUntil(() => test.Cgroup.Processes.Count() == 0, 5000));
    }

    [Test]
    public void Kill_wakes_a_frozen_one()
    {
        using TestCgroup test = new();
        Process sleeper = test.Start("exec sleep 60");
        File.WriteAllText(test.DirectoryOf("freezer") + "/freezer.state", "FROZEN");
        test.Cgroup.Processes.Kill(15);
        Assert.That(sleeper.WaitForExit(5000));
        Assert.That(sleeper.ExitCode, Is.EqualTo(143));
        Assert.That(test.Cgroup.Freezer.IsFrozen(), Is.False);
    }
}
