using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>A container that may write its own cgroup leads the processes of later execs out of it.</summary>
internal sealed class CgroupEscapeTests
{
    // The container's own takes no process once a controller is given to a cgroup below, and the init is in <place>.
    [TestCase("leaf")]
    [TestCase("c/x", Description = "the container's own name comes again in the path")]
    [TestCase("c/c/c")]
    [TestCase("cc")]
    public void An_exec_goes_where_the_init_is_below_the_containers_cgroup(string place)
    {
        using Runtime runtime = Runtime.Create();
        using UnifiedController available = new(runtime.CgroupName);
        string mount = UnifiedView.MountPoint, controller = available.Name;
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sh", "-c", $"cd /sys/fs/cgroup; mkdir -p "
            + $"leaf {place}; echo $$ >leaf/cgroup.procs; "
            + $"echo +{controller} >cgroup.subtree_control; echo $$ >{place}/cgroup.procs; touch /moved; sleep 1000")
            .WithWritableCgroup();
        bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/c";
        runtime.RunUnified("run", "--detach", "--bundle", bundle.Write().Path, id).Expect(0);
        bundle.Awaits("moved");
        Assert.That(File.ReadAllText($"{mount}/{runtime.CgroupName}/c/cgroup.subtree_control").Trim(), Is.EqualTo(controller),
            "else nothing is tried");
        Result seen = runtime.RunUnified("exec", id, "sh", "-c",
            "echo $$ >/joined; cat /proc/self/cgroup; mknod /fuse c 10 229; : </fuse && echo opened");
        Assert.That(seen.Output.Split('\n').First(static line => line.StartsWith("0::", StringComparison.Ordinal)),
            Is.EqualTo("0::/" + place));
        Assert.That(seen.Output, Does.Not.Contain("opened"), "the device rules hold");
        runtime.RunUnified("delete", "--force", id).Expect(0);
    }

    /// <summary>Another process of the container runs on, so its own cgroup says that it is not frozen.</summary>
    [TestCase(0)]
    [TestCase(20, Description = "deeper than a path can name")]
    public void An_exec_is_not_held_by_the_one_frozen_cgroup_below_that_the_init_is_in(int depth)
    {
        using Runtime runtime = Runtime.Create();
        using UnifiedController available = new(runtime.CgroupName);
        string mount = UnifiedView.MountPoint, controller = available.Name;
        string id = Runtime.NewId();
        const string Outside = "echo 0 >/sys/fs/cgroup/other/cgroup.procs; cd /sys/fs/cgroup; echo +$0 >cgroup.subtree_control; echo 1 "
            + ">leaf/cgroup.freeze; touch /moved; exec sleep 1000";
        Bundle bundle = runtime.NewBundle("sh", "-c", $"cd /sys/fs/cgroup; mkdir leaf other; cd leaf; for i in "
            + $"$(seq {depth}); do mkdir {new string('n', 250)}; cd {new string('n', 250)}; done; echo 0 >cgroup.procs; sh "
            + $"-c '{Outside}' {controller} & sleep 1000").WithWritableCgroup();
        bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/c";
        runtime.RunUnified("run", "--detach", "--bundle", bundle.Write().Path, id).Expect(0);
        bundle.Awaits("moved");
        Eventually.Holds(() => File.ReadAllText($"{mount}/{runtime.CgroupName}/c/leaf/cgroup.events").Contains("frozen 1"),
            "it is frozen");
        Assert.That(File.ReadAllText($"{mount}/{runtime.CgroupName}/c/cgroup.events"), Does.Contain("frozen 0"),
            "else nothing is tried");
        runtime.RunUnified("exec", id, "true").ExpectError("was paused in the meantime", 255);
        runtime.RunUnified("delete", "--force", id).Expect(0);
    }

    /// <summary>On a hybrid host v1 freezes, and the unified hierarchy can too.</summary>
    [Test]
    public void An_exec_is_not_held_by_the_unified_hierarchy_where_another_one_freezes()
    {
        if (!Support.Cgroups.Has("freezer"))
            Assert.Ignore("nothing else freezes here");
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        string path = File.ReadAllLines($"/proc/{runtime.Pid(id)}/cgroup")
            .First(static line => line.StartsWith("0::", StringComparison.Ordinal))[3..];
        File.WriteAllText($"{UnifiedView.MountPoint}{path}/cgroup.freeze", "1");
        runtime.Run("exec", id, "true").ExpectError("was paused in the meantime", 255);
        File.WriteAllText($"{UnifiedView.MountPoint}{path}/cgroup.freeze", "0");
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    public void An_exec_into_a_cgroup_of_threads_fails_and_says_so()
    {
        string mount = UnifiedView.MountPoint;
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sh", "-c", "cd /sys/fs/cgroup; echo threaded >cgroup.type; touch /moved; sleep 1000")
            .WithWritableCgroup();
        // Below the hierarchy's root, which alone has processes and cgroups of threads at once.
        string name = runtime.CgroupName + "-t", cgroup = $"{mount}/{name}";
        bundle.Linux["cgroupsPath"] = "/" + name;
        runtime.RunUnified("run", "--detach", "--bundle", bundle.Write().Path, id).Expect(0);
        bundle.Awaits("moved");
        if (File.ReadAllText(cgroup + "/cgroup.type").Trim() == "threaded")
        {
            runtime.RunUnified("exec", id, "true").ExpectError("can contain threads, but no processes", 255);
            string init = File.ReadAllText(cgroup + "/cgroup.threads").Trim().Split('\n')[0];
            Assert.That(runtime.RunUnified("ps", "--format", "json", id).Expect(0).Output, Does.Contain(init),
                "cgroup.procs cannot be read there");
        }
        runtime.RunUnified("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(cgroup), Is.False);
    }

    [Test]
    public void An_exec_follows_an_init_whose_former_cgroup_is_gone()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        string id = Runtime.NewId(), other = $"{runtime.CgroupName}/other";
        int pid = runtime.StartContainer(id, bundle);
        Move(pid, other, (string)bundle.Linux["cgroupsPath"]!);
        string cgroups = runtime.Run("exec", id, "cat", "/proc/self/cgroup").Expect(0).Output;
        Assert.That(cgroups, Is.EqualTo(File.ReadAllText($"/proc/{pid}/cgroup")));
        Assert.That(cgroups.TrimEnd().Split('\n').Where(line => !line.EndsWith("/" + other, StringComparison.Ordinal)), Is.Empty);
        Assert.That(runtime.Run("ps", "--format", "json", id).Expect(0).Output, Does.Contain($"{pid}"));
        runtime.Run("delete", "--force", id).Expect(0);
        Runtime.WaitForEnd(pid);
        Support.Cgroups.Remove(runtime.CgroupName);
    }

    [Test]
    public void An_exec_does_not_follow_an_init_to_where_nothing_limits_it()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, bundle);
        Move(pid, "", (string)bundle.Linux["cgroupsPath"]!);
        runtime.Run("exec", id, "true").ExpectError("in the root cgroup, where no limits apply", 255);
        runtime.Run("delete", "--force", id).Expect(0);
        Runtime.WaitForEnd(pid);
    }

    /// <summary>As one who may: in every hierarchy, and the former cgroup goes.</summary>
    private static void Move(int pid, string to, string from)
    {
        foreach (Hierarchy hierarchy in CgroupLayout.Detect().Hierarchies)
        {
            string there = Path.Combine(hierarchy.MountPoint, to);
            Directory.CreateDirectory(there);
            if (hierarchy.Has("cpuset") && to.Length > 0)
                foreach (string file in new[] { "/cpuset.cpus", "/cpuset.mems" })
                    File.WriteAllText(there + file, File.ReadAllText(Path.GetDirectoryName(there) + file));
            File.WriteAllText(there + "/cgroup.procs", $"{pid}");
            Directory.Delete(hierarchy.MountPoint + from);
        }
    }
}
