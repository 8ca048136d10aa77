using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Tests.Support;
using Process = System.Diagnostics.Process;

namespace SharpRunc.Tests.Cgroups;

/// <summary>What goes with a cgroup, and what stays.</summary>
public class RemovalTests
{
    [SetUp]
    public void NeedsHybrid() => TestCgroup.Require();

    [Test]
    public void Cgroups_made_above_go_with_the_one_that_needed_them()
    {
        string outer = TestCgroup.NewName();
        using (TestCgroup test = new(outer + "/middle/inner"))
            Assert.That(test.Read("cpuset", "cpuset.cpus"), Is.Not.Empty);
        foreach (Hierarchy hierarchy in TestCgroup.Layout.Hierarchies)
            Assert.That(Directory.Exists(Path.Combine(hierarchy.MountPoint, outer)), Is.False);
    }

    [Test]
    [Must("delete.others"), Must("delete.resources")]
    public void Cgroups_above_stay_when_delete_opens_it_by_its_paths()
    {
        string outer = TestCgroup.NewName();
        Cgroup made = TestCgroup.Make($"/{outer}/inner");
        var paths = made.Paths;
        made.Dispose();
        using (Cgroup opened = Cgroup.Open(paths))
            opened.Remove();
        foreach (Hierarchy hierarchy in TestCgroup.Layout.Hierarchies)
        {
            string above = Path.Combine(hierarchy.MountPoint, outer);
            Assert.That(Directory.Exists(above), above);
            Assert.That(Directory.Exists(above + "/inner"), Is.False, above);
            Directory.Delete(above);
        }
    }

    [Test]
    public void Remove_takes_the_sub_cgroups_that_the_container_made()
    {
        using TestCgroup test = new();
        foreach ((string _, string path) in test.Cgroup.Paths)
            Directory.CreateDirectory(path + "/a/b/c");
        test.Cgroup.Remove();
        Assert.That(test.Cgroup.Paths.Select(p => p.Value), Has.None.Matches<string>(Directory.Exists));
    }

    [Test]
    public void Remove_waits_for_the_last_process_and_names_what_it_cannot_remove()
    {
        using TestCgroup test = new();
        test.Start("exec sleep 0.2");
        test.Cgroup.Remove();

        using TestCgroup stuck = new();
        Process sleeper = stuck.Start("exec sleep 60");
        ContainerException e = Assert.Throws<ContainerException>(stuck.Cgroup.Remove)!;
        Assert.That(e.Message, Does.Contain(stuck.DirectoryOf("memory")));
        Assert.That(e.Hint, Is.EqualTo("1 process(es) are still in it"));
    }
}
