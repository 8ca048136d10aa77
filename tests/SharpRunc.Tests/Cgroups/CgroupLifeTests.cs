using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;
using Process = System.Diagnostics.Process;

namespace SharpRunc.Tests.Cgroups;

public class CgroupLifeTests
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
        Cgroup made = Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, $"/{outer}/inner", "unused"));
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
    public void A_relative_path_counts_from_our_own_cgroup_on_v1()
    {
        string name = TestCgroup.NewName();
        using Cgroup cgroup = Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, null, name));
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
            using Cgroup cgroup = Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, path, $"unused{i}"));
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
        using Cgroup cgroup = Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, template.Replace("x", name), "unused"));
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
        Bundle bundle = runtime.NewBundle("ls", "/sys/fs/cgroup").Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev").Write();
        string copy = Directory.CreateDirectory(Path.Combine(runtime.Work, "copy")).FullName;
        const string script = """
            copy=$1; shift
            mount -t tmpfs none $copy
            for h in /sys/fs/cgroup/*; do if mountpoint -q $h && [ ! -L $h ]; then mkdir $copy/${h##*/}; mount --bind $h $copy/${h##*/}; fi; done
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
        ContainerException e = Assert.Throws<ContainerException>(() => Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, path, "unused")))!;
        Assert.That(e.Pointer, Is.EqualTo("/linux/cgroupsPath"));
    }

    [TestCase("/tasks/below", Description = "a file where a cgroup should be")]
    [TestCase("/a-path-longer-than-a-page-", Description = "filled up below")]
    [Must("cgroupsPath.invalid")]
    public void A_path_that_the_kernel_refuses_names_the_property(string path)
    {
        if (path.EndsWith('-'))
            path += new string('x', 4096);
        Assert.That(Assert.Throws<ContainerException>(() => Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, path, "unused")))!.Pointer, Is.EqualTo("/linux/cgroupsPath"));
        Assert.That(Assert.Throws<ContainerException>(() => Cgroup.Reserve(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, path, "unused")))!.Pointer, Is.EqualTo("/linux/cgroupsPath"));
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
        ContainerException e = Assert.Throws<ContainerException>(() => Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, "/" + test.Name, "unused")))!;
        Assert.That(e.Message, Does.StartWith("container's cgroup is not empty: 1 process(es) found in /"));
        Assert.That(Directory.Exists(test.DirectoryOf("cpu")), "what was there before stays");
    }

    [Test]
    [Must("cgroups.check")]
    public void A_frozen_one_is_refused_also_when_only_its_parent_is()
    {
        using TestCgroup test = new();
        File.WriteAllText(test.DirectoryOf("freezer") + "/freezer.state", "FROZEN");
        ContainerException e = Assert.Throws<ContainerException>(() => Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, "/" + test.Name + "/below", "unused")))!;
        Assert.That(e.Message, Does.StartWith("container's cgroup unexpectedly frozen: /"));
        Assert.That(Directory.Exists(test.DirectoryOf("cpu") + "/below"), Is.False);
        Assert.That(test.Cgroup.IsFrozen());
        test.Cgroup.Thaw();
        Assert.That(test.Cgroup.IsFrozen(), Is.False);
    }

    [Test]
    public void Tasks_are_opened_for_every_v1_hierarchy_with_memory_last()
    {
        using TestCgroup test = new();
        Fd[] tasks = test.Cgroup.OpenTasks();
        string[] names = tasks.Select(t => new FileInfo($"/proc/self/fd/{t.Number}").LinkTarget!).ToArray();
        foreach (Fd task in tasks)
            task.Dispose();
        Assert.That(names, Has.Length.EqualTo(TestCgroup.Layout.Hierarchies.Length - 1));
        Assert.That(names[^1], Is.EqualTo(test.DirectoryOf("memory") + "/tasks"));
    }

    [Test]
    public void KillAll_reaches_sub_cgroups_and_forks_and_never_leaves_it_frozen()
    {
        using TestCgroup test = new();
        string child = test.DirectoryOf("freezer") + "/child";
        Directory.CreateDirectory(child);
        Process inside = test.Start("sleep 60 & sleep 60 & wait");
        Process below = test.Start($"echo $$ > {child}/cgroup.procs; echo moved; exec sleep 60");
        below.StandardOutput.ReadLine();
        Assert.That(test.Cgroup.CountProcesses(), Is.GreaterThanOrEqualTo(2));
        Assert.That(test.Cgroup.Processes(), Does.Contain(below.Id));

        test.Cgroup.KillAll(9);
        Assert.That(inside.WaitForExit(5000) && below.WaitForExit(5000));
        Assert.That(inside.ExitCode, Is.EqualTo(137));
        Assert.That(test.Cgroup.IsFrozen(), Is.False);
        Assert.That(SpinWait.SpinUntil(() => test.Cgroup.CountProcesses() == 0, 5000));
    }

    [Test]
    public void KillAll_wakes_a_frozen_one()
    {
        using TestCgroup test = new();
        Process sleeper = test.Start("exec sleep 60");
        File.WriteAllText(test.DirectoryOf("freezer") + "/freezer.state", "FROZEN");
        test.Cgroup.KillAll(15);
        Assert.That(sleeper.WaitForExit(5000));
        Assert.That(sleeper.ExitCode, Is.EqualTo(143));
        Assert.That(test.Cgroup.IsFrozen(), Is.False);
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

    [Test]
    public void One_that_is_gone_is_empty_thawed_and_removed()
    {
        using TestCgroup test = new();
        using Cgroup again = Cgroup.Open(test.Cgroup.Paths);
        test.Cgroup.Remove();
        foreach (Cgroup cgroup in (Cgroup[])[test.Cgroup, again])
        {
            Assert.That(cgroup.CountProcesses(), Is.Zero);
            Assert.That(cgroup.IsFrozen(), Is.False);
            Assert.That(cgroup.WasOomKilled(), Is.False);
            Assert.DoesNotThrow(cgroup.Thaw);
            Assert.DoesNotThrow(() => cgroup.KillAll(9));
            Assert.DoesNotThrow(cgroup.Remove);
        }
    }

    [Test]
    public void An_oom_kill_is_noticed()
    {
        using TestCgroup test = new();
        test.Cgroup.Apply(CgroupPlan.From(new Resources { Memory = new MemoryResources { Limit = 8 << 20, Swap = 8 << 20 } }, TestCgroup.Layout));
        Assert.That(test.Cgroup.WasOomKilled(), Is.False);
        (int status, _) = test.Run("exec tail /dev/zero");
        Assert.That(status, Is.EqualTo(137));
        Assert.That(test.Cgroup.WasOomKilled());
    }

    [Test]
    public void Its_paths_are_known_before_it_is_made_if_nobody_is_there()
    {
        string name = TestCgroup.NewName();
        var expected = Cgroup.Reserve(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, null, name));
        using Cgroup cgroup = Cgroup.Make(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, null, name));
        Assert.That(cgroup.Paths, Is.EqualTo(expected));
        cgroup.Remove();

        using TestCgroup taken = new();
        taken.Start("exec sleep 60");
        ContainerException e = Assert.Throws<ContainerException>(() => Cgroup.Reserve(TestCgroup.Layout, CgroupPath.InEach(TestCgroup.Layout, "/" + taken.Name, "unused")))!;
        Assert.That(e.Message, Does.StartWith("container's cgroup is not empty: 1 process(es) found in /"));
    }
}
