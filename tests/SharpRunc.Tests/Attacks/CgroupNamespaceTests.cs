using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>What a container sees of the cgroups when its cgroup namespace is another container's, by path.</summary>
internal sealed class CgroupNamespaceTests
{
    [Test]
    public void A_joined_cgroup_namespace_shows_the_containers_own_cgroup_and_none_of_the_hosts([Values("cgroup", "cgroup2")] string type)
    {
        if (type == "cgroup2" && !File.ReadAllText("/proc/self/mountinfo").Contains(" - cgroup2 ", StringComparison.Ordinal))
            Assert.Ignore("no cgroup2 hierarchy is mounted");
        using Runtime runtime = Runtime.Create();
        int other = runtime.Sleeper(bundle => bundle.InNamespace("cgroup"));
        Bundle bundle = runtime.NewBundle().InNamespace("cgroup", $"/proc/{other}/ns/cgroup").Mounting("/cg", type, type, "rw", "nosuid")
            .Says("test -e /cg/cgroup.procs && depth=1 || depth=2; find /cg -mindepth $depth -type d; find /cg -name cgroup.procs | wc -l");
        string[] lines = runtime.RunBundle(bundle).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(1), "the last line is the number of cgroups; before it are those below its own");
        Assert.That(int.Parse(lines[0]), Is.GreaterThan(0));
    }
}
