using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Tests.Support;
using Process = System.Diagnostics.Process;

namespace SharpRunc.Tests.Cgroups;

/// <summary>Where it is made, and when that is refused.</summary>
public class CgroupTests
{
    [SetUp]
    public void NeedsHybrid() => TestCgroup.Require();

    [Test]
    public void It_is_made_in_every_hierarchy_and_removed_from_every_one()
    {
        string[] paths;
        using (TestCgroup test = new())
        {
            paths = test.Cgroup.Paths.Select(p => p.Value).ToArray();
            Assert.That(paths, Has.Length.EqualTo(TestCgroup.Layout.Hierarchies.Length));
            Assert.That(paths, Has.All.Matches<string>(Directory.Exists));
            Assert.That(test.Cgroup.Unified, Is.Not.Null);
        }
        Assert.That(paths, Has.None.Matches<string>(Directory.Exists));
    }

    [Test]
    public void A_relative_path_counts_from_our_own_cgroup_on_v1()
    {
        string name = TestCgroup.NewName();
        using Cgroup cgroup = TestCgroup.Make(null, name);
        foreach (var ((_, path), hierarchy) in cgroup.Paths.Zip(TestCgroup.Layout.Hierarchies))
            Assert.That(path, Is.EqualTo($"{hierarchy.MountPoint}/{hierarchy.OwnPath.TrimStart('/')}/{name}".Replace("//", "/")));
        cgroup.Remove();
    }

    [Test, Must("cgroupsPath.form"), Must("cgroupsPath.absolute"), Must("cgroupsPath.same")]
    public void An_absolute_path_is_relative_to_the_mount_point_and_the_same_value_is_the_same_place([Values] bool absolute)
    {
        string path = $"{(absolute ? "/" : "")}{TestCgroup.NewName()}/inner";
        string[][] places = new string[2][];
        for (int i = 0; i < places.Length; i++)
        {
            using Cgroup cgroup = TestCgroup.Make(path, $"unused{i}");
            places[i] = [.. cgroup.Paths.Select(p => p.Value)];
            Assert.That(places[i], Has.All.Matches<string>(Directory.Exists));
            cgroup.Remove();
        }
        Assert.That(places[1], Is.EqualTo(places[0]));
        if (absolute)
            Assert.That(places[0], Is.EqualTo(TestCgroup.Layout.Hierarchies.Select(hierarchy => hierarchy.MountPoint + path)));
    }

    [TestCase("../../x")]
    [TestCase("/../x")]
    [TestCase("a/../../x")]
    [TestCase("/a/./..//../x")]
    public void A_path_cannot_climb_out_of_the_hierarchy(string template)
    {
        string name = TestCgroup.NewName();
        using Cgroup cgroup = TestCgroup.Make(template.Replace("x", name));
        foreach (var ((_, path), hierarchy) in cgroup.Paths.Zip(TestCgroup.Layout.Hierarchies))
        {
            Assert.That(path, Does.StartWith(hierarchy.MountPoint + "/"));
            Assert.That(path.Split('/'), Has.None.EqualTo(".."));
            Assert.That(Directory.Exists(path));
        }
        Assert.That(Directory.Exists("/sys/fs/cgroup/" + name), Is.False);
        cgroup.Remove();
    }

    [Test]
    public void A_folder_beside_the_hierarchies_is_none_of_them()
    {
        TestCgroup.Require();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("ls", "/sys/fs/cgroup");
        bundle.Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev").Write();
        string copy = Directory.CreateDirectory(Path.Combine(runtime.Work, "copy")).FullName;
        const string script = """
            copy=$1; shift
            mount -t tmpfs none $copy
            for h in /sys/fs/cgroup/*; do
                if mountpoint -q $h && [ ! -L $h ]; then mkdir $copy/${h##*/}; mount --bind $h $copy/${h##*/}; fi
            done
            mkdir -p $copy/plain $copy/rdma $copy/misc $copy/net_cls
            mount --rbind $copy /sys/fs/cgroup
            "$@" && ls -A $copy/plain
            """;
        Result result = runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script, "sh", copy,
            .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        Assert.That(result.Expect(0).Output.TrimEnd().Split('\n'), Does.Not.Contain("plain").And.Contain("pids"));
    }

    [TestCase("a\0b")]
    [TestCase("/")]
    [TestCase("/a/..")]
    [TestCase("..")]
    [Must("cgroupsPath.invalid")]
    public void A_path_that_names_no_cgroup_is_refused(string path)
    {
        ContainerException e = Assert.Throws<ContainerException>(() => TestCgroup.Make(path))!;
        Assert.That(e.Pointer, Is.EqualTo("/linux/cgroupsPath"));
    }

    [TestCase("/tasks/below", Description = "a file where a cgroup should be")]
    [TestCase("/a-path-longer-than-a-page-", Description = "filled up below")]
    [Must("cgroupsPath.invalid")]
    public void A_path_that_the_kernel_refuses_names_the_property(string path)
    {
        if (path.EndsWith('-'))
            path += new string('x', 4096);
        Assert.That(Assert.Throws<ContainerException>(() => TestCgroup.Make(path))!.Pointer, Is.EqualTo("/linux/cgroupsPath"));
        Assert.That(Assert.Throws<ContainerException>(() => TestCgroup.Reserve(path))!.Pointer, Is.EqualTo("/linux/cgroupsPath"));
    }

    [Test]
    [Must("cgroups.check"), Must("errors.nothing-left")]
    public void One_with_processes_in_it_is_refused_and_nothing_is_left_behind()
    {
        using TestCgroup test = new();
        string child = test.DirectoryOf("pids") + "/child";
        Directory.CreateDirectory(child);
        Process sleeper = test.Start($"echo $$ > {child}/cgroup.procs; echo moved; exec sleep 60");
        Assert.That(sleeper.StandardOutput.ReadLine(), Is.EqualTo("moved"));
        // Everywhere but in pids it is at the top; any hierarchy would do.
        ContainerException e = Assert.Throws<ContainerException>(() => TestCgroup.Make("/" + test.Name))!;
        Assert.That(e.Message, Does.StartWith("container's cgroup is not empty: 1 process(es) found in /"));
        Assert.That(Directory.Exists(test.DirectoryOf("cpu")), "what was there before stays");
    }

    [Test]
    [Must("cgroups.check")]
    public void A_frozen_one_is_refused_also_when_only_its_parent_is()
    {
        using TestCgroup test = new();
        File.WriteAllText(test.DirectoryOf("freezer") + "/freezer.state", "FROZEN");
        ContainerException e = Assert.Throws<ContainerException>(() => TestCgroup.Make("/" + test.Name + "/below"))!;
        Assert.That(e.Message, Does.StartWith("container's cgroup unexpectedly frozen: /"));
        Assert.That(Directory.Exists(test.DirectoryOf("cpu") + "/below"), Is.False);
        Assert.That(test.Cgroup.Freezer.IsFrozen());
        test.Cgroup.Freezer.Thaw();
        Assert.That(test.Cgroup.Freezer.IsFrozen(), Is.False);
    }

    [Test]
    public void One_that_is_gone_is_empty_thawed_and_removed()
    {
        using TestCgroup test = new();
        using Cgroup again = Cgroup.Open(test.Cgroup.Paths);
        test.Cgroup.Remove();
        foreach (Cgroup cgroup in (Cgroup[])[test.Cgroup, again])
        {
            Assert.That(cgroup.Processes.Count(), Is.Zero);
            Assert.That(cgroup.Freezer.IsFrozen(), Is.False);
            Assert.That(cgroup.MemoryEvents.WasKilled(), Is.False);
            Assert.DoesNotThrow(cgroup.Freezer.Thaw);
            Assert.DoesNotThrow(() => cgroup.Processes.Kill(9));
            Assert.DoesNotThrow(cgroup.Remove);
        }
    }

    [Test]
    public void Its_paths_are_known_before_it_is_made_if_nobody_is_there()
    {
        string name = TestCgroup.NewName();
        var expected = TestCgroup.Reserve(null, name);
        using Cgroup cgroup = TestCgroup.Make(null, name);
        Assert.That(cgroup.Paths, Is.EqualTo(expected));
        cgroup.Remove();

        using TestCgroup taken = new();
        taken.Start("exec sleep 60");
        ContainerException e = Assert.Throws<ContainerException>(() => TestCgroup.Reserve("/" + taken.Name))!;
        Assert.That(e.Message, Does.StartWith("container's cgroup is not empty: 1 process(es) found in /"));
    }
}
