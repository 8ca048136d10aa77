using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

/// <summary>--rootless: who may not make a cgroup goes without, unless he asks for something that needs one.</summary>
internal sealed class RootlessTests
{
    [Test]
    public void A_user_who_asks_for_nothing_gets_a_container_without_a_cgroup()
    {
        using Runtime runtime = Runtime.CreateForUser();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Assert.That(File.ReadAllText($"/proc/{pid}/cgroup"), Is.EqualTo(File.ReadAllText("/proc/self/cgroup")));
        runtime.Run("pause", id).ExpectError("it has no cgroup of its own");
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    public void A_limit_that_nobody_may_set_is_an_error()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["resources"]!["pids"] = new JsonObject { ["limit"] = 20 };
        runtime.RunBundle(bundle).ExpectError("rootless needs no limits + no cgrouppath when no permission is granted for cgroups")
            .ExpectError("/linux/resources/pids/limit");
    }

    [Test]
    public void A_path_that_the_user_may_not_make_is_an_error()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/x";
        runtime.RunBundle(bundle).ExpectError("/linux/cgroupsPath").ExpectError("permission denied");
    }

    [Test]
    public void Rootless_false_makes_the_refusal_an_error()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true").Write();
        runtime.Run("--rootless", "false", "run", "--bundle", bundle.Path, Runtime.NewId())
            .ExpectError("cannot create the container's cgroup");
        runtime.Run("--rootless", "true", "run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
    }

    [Test]
    public void A_cgroup_of_the_same_name_that_is_anothers_is_not_touched()
    {
        using Runtime runtime = Runtime.CreateForUser();
        CgroupLayoutOf(out string root);
        string id = Runtime.NewId(), others = Path.Combine(root, id);
        Directory.CreateDirectory(others);
        try
        {
            int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
            Assert.That(File.ReadAllText(others + "/cgroup.procs"), Is.Empty);
            runtime.Run("kill", id, "KILL").Expect(0);
            Runtime.WaitForEnd(pid);
            runtime.Run("delete", id).Expect(0);
            Assert.That(Directory.Exists(others), Is.True);
        }
        finally
        {
            Directory.Delete(others);
        }
    }

    [Test]
    public void A_v1_cgroup_that_was_given_to_the_user_is_used()
    {
        TestCgroup.Require();
        using Runtime runtime = Runtime.CreateForUser();
        Give(runtime);
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/c";
        bundle.Linux["resources"]!["pids"] = new JsonObject { ["limit"] = 20 };
        string id = Runtime.NewId(), cgroup = $"/sys/fs/cgroup/pids/{runtime.CgroupName}/c";
        int pid = runtime.StartContainer(id, bundle);
        Assert.That(File.ReadAllText(cgroup + "/pids.max"), Is.EqualTo("20\n"));
        Assert.That(File.ReadAllText(cgroup + "/cgroup.procs"), Is.EqualTo($"{pid}\n"));
        Assert.That(File.ReadAllText($"/proc/{pid}/cgroup"), Does.Contain($":memory:/{runtime.CgroupName}/c\n"));
        runtime.Run("exec", id, "sh", "-c", $"grep -q /{runtime.CgroupName}/c /proc/self/cgroup").Expect(0);
        runtime.Run("pause", id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("paused"));
        runtime.Run("resume", id).Expect(0);
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
        Assert.That(Directory.Exists(cgroup), Is.False);
        Support.Cgroups.Remove(runtime.CgroupName);
    }

    /// <summary>The cgroup above his own is the user's, as systemd gives user@UID.service: what he makes is beside his session.</summary>
    private const string UnifiedDelegation = """
        umount -R -l /sys/fs/cgroup
        mount -t cgroup2 none /sys/fs/cgroup
        top=/sys/fs/cgroup/$(basename "$1")
        mkdir -p $top/session
        chown 54321 $top $top/cgroup.procs $top/cgroup.subtree_control $top/session $top/session/cgroup.procs
        echo 0 >$top/session/cgroup.procs
        """;

    [Test]
    public void Who_has_neither_a_cgroup_nor_a_PID_namespace_is_warned([Values] bool own)
    {
        TestCgroup.Require();
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true");
        if (!own)
        {
            // The kernel mounts no proc for whoever does not own the PID namespace.
            bundle.WithoutNamespace("pid").Mounts.RemoveAt(0);
            bundle.Mounting("/proc", "none", "/proc", "rbind");
            bundle.Linux.Remove("maskedPaths");
            bundle.Linux.Remove("readonlyPaths");
        }
        string log = Path.Combine(runtime.Work, "log");
        runtime.Run("--log", log, "run", "--bundle", bundle.Write().Path, Runtime.NewId()).Expect(0);
        Assert.That(File.ReadAllText(log).Contains("neither a cgroup nor a PID namespace of its own", System.StringComparison.Ordinal),
            Is.EqualTo(!own));
    }

    [Test]
    public void A_delegated_v2_cgroup_is_used_without_a_path()
    {
        TestCgroup.Require();
        using Runtime runtime = Runtime.CreateForUser(UnifiedDelegation);
        Bundle bundle = runtime.NewBundle("sleep", "1000").InNamespace("cgroup")
            .Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        string id = Runtime.NewId(), cgroup = $"/sys/fs/cgroup/unified/{runtime.CgroupName}/{id}";
        int pid = runtime.StartContainer(id, bundle);
        Assert.That(File.ReadAllText(cgroup + "/cgroup.procs"), Is.EqualTo($"{pid}\n"));
        Assert.That(runtime.Run("exec", id, "cat", "/proc/self/cgroup").Expect(0).Output, Does.Contain("0::/\n"));
        Assert.That(runtime.Run("exec", id, "mkdir", "/sys/fs/cgroup/x").Errors, Does.Contain("Read-only file system"));
        runtime.Run("pause", id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("paused"));
        runtime.Run("resume", id).Expect(0);
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(cgroup), Is.False);
        Runtime.WaitForEnd(pid);
        Support.Cgroups.Remove(runtime.CgroupName);
    }

    [Test]
    public void A_delegated_v2_cgroup_is_writable_where_a_namespace_shuts_it_off([Values] bool ownNamespace)
    {
        TestCgroup.Require();
        using Runtime runtime = Runtime.CreateForUser(UnifiedDelegation);
        Bundle bundle = runtime.NewBundle("mkdir", "/sys/fs/cgroup/below")
            .Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "rw");
        if (ownNamespace)
            bundle.InNamespace("cgroup");
        else
            bundle.Process["args"] = new JsonArray("mkdir", $"/sys/fs/cgroup/{runtime.CgroupName}/below");
        Result result = runtime.RunBundle(bundle);
        Support.Cgroups.Remove(runtime.CgroupName);
        if (ownNamespace)
            result.Expect(0);
        else
            Assert.That(result.Expect(1).Errors, Does.Contain("Read-only file system"));
    }

    [Test]
    public void A_writable_v2_cgroup_belongs_to_the_containers_user([Values] bool readOnly)
    {
        TestCgroup.Require();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c",
            "stat -c %u /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/cgroup.freeze; mkdir /sys/fs/cgroup/below && echo made")
            .MapsUsers().InNamespace("cgroup")
            .Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", readOnly ? "ro" : "rw").Write();
        Result result = runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
            "umount -R -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; exec \"$@\"", "sh",
            .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        // An id that is not mapped shows as the overflow uid.
        Assert.That(result.Output, Is.EqualTo(readOnly ? "65534\n65534\n65534\n" : "0\n0\n65534\nmade\n"));
    }

    // The kernel's list of delegated files, as other kernels have it: with a file that no cgroup has, and not there at all.
    [TestCase("printf 'cgroup.procs\\nof.nobody\\ncgroup.freeze\\n' >/tmp/delegate; mount --bind /tmp/delegate "
        + "/sys/kernel/cgroup/delegate; rm /tmp/delegate", "cgroup.procs cgroup.freeze",
        TestName = "A_listed_file_that_does_not_exist_MUST_NOT_fail")]
    [TestCase("mount -t tmpfs none /sys/kernel/cgroup", "cgroup.procs cgroup.subtree_control "
        + "cgroup.threads", TestName = "Without_the_list_the_runtime_MUST_fall_back_to_three_files")]
    [Must("cgroups.owner-missing"), Must("cgroups.owner-fallback")]
    public void Delegated_files_are_those_that_exist_of_the_kernels_list_or_of_three(string prepare, string files)
    {
        TestCgroup.Require();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c",
            "cd /sys/fs/cgroup; for f in cgroup.*; do [ $(stat -c %u $f) = 0 ] && echo $f; done | sort | xargs echo")
            .MapsUsers().WithoutSysfs().InNamespace("cgroup").Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "sys/fs/cgroup"));
        bundle.Write();
        Result result = runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
            $"umount -R -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; mount -t tmpfs none "
                + $"/tmp; {prepare}; umount /tmp; exec \"$@\"", "sh", .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        Assert.That(result.Expect(0).Output.Trim().Split(' '), Is.EquivalentTo(files.Split(' ')));
    }

    [Test]
    public void A_v2_cgroup_that_cannot_be_entered_is_left_out()
    {
        TestCgroup.Require();
        // The user may make cgroups in /top, but is not below it himself: nobody may move him there.
        using Runtime runtime = Runtime.CreateForUser("""
            umount -R -l /sys/fs/cgroup
            mount -t cgroup2 none /sys/fs/cgroup
            chown 54321 /sys/fs/cgroup/$(basename "$1")
            """);
        string top = "/sys/fs/cgroup/unified/" + runtime.CgroupName;
        Directory.CreateDirectory(top);
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/c";
        runtime.RunBundle(bundle).ExpectError("cannot enter the container's cgroup").ExpectError("cgroup.procs");
        Assert.That(Directory.GetDirectories(top), Is.Empty);
        Support.Cgroups.Remove(runtime.CgroupName);
    }

    [Test]
    public void The_root_of_a_user_namespace_goes_without_too()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("id", "-u").WithoutNamespace("user").WithoutSysfs();
        bundle.Linux.Remove("uidMappings");
        bundle.Linux.Remove("gidMappings");
        bundle.Write();
        string[] Nested(params string[] arguments)
            => runtime.User!.Command(["/usr/bin/unshare", "--user", "--map-root-user", .. Unwrapped(runtime, arguments)]);
        Assert.That(runtime.Execute(Nested("run", "--bundle", bundle.Path, Runtime.NewId())).Expect(0).Output, Is.EqualTo("0\n"));
        runtime.Execute(Nested("--rootless", "false", "run", "--bundle", bundle.Path, Runtime.NewId()))
            .ExpectError("cannot create the container's cgroup");
    }

    [Test]
    public void Without_any_hierarchy_a_user_goes_without_and_root_is_told()
    {
        const string nothingMounted = "umount -R -l /sys/fs/cgroup";
        using (Runtime runtime = Runtime.CreateForUser(nothingMounted))
        {
            runtime.RunBundle(runtime.NewBundle("true")).Expect(0);
            runtime.Execute(runtime.User!.Command([runtime.Program, "spec", "--rootless", "--bundle", runtime.Root])).Expect(0);
            File.Delete(Path.Combine(runtime.Root, "config.json"));
        }
        using Runtime roots = Runtime.Create();
        Bundle bundle = roots.NewBundle("true").Write();
        roots.Execute(["/usr/bin/unshare", "--mount", "/bin/sh", "-c", nothingMounted + "; exec \"$@\"", "sh",
            .. roots.Command("run", "--bundle", bundle.Path, Runtime.NewId())]).ExpectError("no cgroup hierarchy is mounted");
    }

    private static string[] Unwrapped(Runtime runtime, string[] arguments) => [runtime.Program, "--root", runtime.Root, .. arguments];

    private static void CgroupLayoutOf(out string firstMountPoint)
    {
        TestCgroup.Require();
        firstMountPoint = TestCgroup.Layout.Hierarchies[0].MountPoint;
    }

    private static void Give(Runtime runtime)
    {
        foreach (string hierarchy in Support.Cgroups.Hierarchies)
        {
            string path = Directory.CreateDirectory(Path.Combine(hierarchy, runtime.CgroupName)).FullName;
            runtime.Execute(["/usr/bin/chown", "54321", path, path + "/cgroup.procs"]).Expect(0);
            foreach (string file in new[] { "/cpuset.cpus", "/cpuset.mems" })
                if (File.Exists(path + file))
                    File.WriteAllText(path + file, File.ReadAllText(hierarchy + file));
        }
    }
}
