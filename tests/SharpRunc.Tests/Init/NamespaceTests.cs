using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>config-linux.md#namespaces on the kernel; user namespaces have a file of their own.</summary>
internal sealed class NamespaceTests
{
    private static readonly string[] Types = ["pid", "network", "ipc", "uts", "mount", "cgroup", "time"];

    [TestCaseSource(nameof(Types))]
    [Must("namespaces.new")]
    public void Without_a_path_a_new_namespace_is_made(string type)
    {
        using Runtime runtime = Runtime.Create();
        int pid = runtime.Sleeper(b => b.InNamespace(type));
        Assert.That(Link(pid, type), Is.Not.EqualTo(Link("self", type)));
    }

    [TestCase("network")]
    [TestCase("ipc")]
    [TestCase("uts")]
    [TestCase("cgroup")]
    [TestCase("time")]
    [Must("namespaces.join")]
    public void With_a_path_the_namespace_is_joined(string type)
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.InNamespace(type));
        int pid = runtime.Sleeper(b => b.InNamespace(type, $"/proc/{holder}/ns/{File(type)}"));
        Assert.That(Link(pid, type), Is.EqualTo(Link(holder, type)));
    }

    [Test]
    [Must("namespaces.join")]
    public void A_mount_namespace_by_path_is_joined_and_its_root_is_switched()
    {
        using Runtime runtime = Runtime.Create();
        Child holder = Child.Start(["/usr/bin/unshare", "--mount", "sleep", "1000"]);
        try
        {
            while (Link(holder.Pid, "mount") == Link("self", "mount"))
                System.Threading.Thread.Sleep(5);
            string before = System.IO.File.ReadAllText("/proc/self/mountinfo");
            int pid = runtime.Sleeper(b => b.InNamespace("mount", $"/proc/{holder.Pid}/ns/mnt"));
            Assert.That(Link(pid, "mount"), Is.EqualTo(Link(holder.Pid, "mount")));
            Assert.That(System.IO.File.ReadAllText("/proc/self/mountinfo"), Is.EqualTo(before));
        }
        finally
        {
            holder.Kill(9);
            holder.Wait();
        }
    }

    [Test]
    public void A_create_that_fails_leaves_no_mount_in_a_mount_namespace_by_path([Values] bool mountsOnSlash)
    {
        using Runtime runtime = Runtime.Create();
        Child holder = Child.Start(["/usr/bin/unshare", "--mount", "sleep", "1000"]);
        try
        {
            while (Link(holder.Pid, "mount") == Link("self", "mount"))
                System.Threading.Thread.Sleep(5);
            string mounts = $"/proc/{holder.Pid}/mountinfo", before = System.IO.File.ReadAllText(mounts);
            Bundle bundle = runtime.NewBundle("true").InNamespace("mount", $"/proc/{holder.Pid}/ns/mnt");
            if (mountsOnSlash)
                bundle.Mounting("/", "bind", bundle.Rootfs, "rbind");
            bundle.Mounting("/mnt", "bind", "/nowhere", "bind");
            runtime.Run("create", "--bundle", bundle.Write().Path, Runtime.NewId()).ExpectError("/nowhere");
            Assert.That(System.IO.File.ReadAllText(mounts), Is.EqualTo(before));
        }
        finally
        {
            holder.Kill(9);
            holder.Wait();
        }
    }

    [TestCase("a mount that fails")]
    [TestCase("a hook that is interrupted")]
    public void A_create_that_fails_takes_back_all_its_mounts_from_a_joined_mount_namespace(string how)
    {
        using Runtime runtime = Runtime.Create();
        Child holder = Child.Start(["/usr/bin/unshare", "--user", "--map-root-user", "--mount", "sleep", "1000"]);
        try
        {
            while (Link(holder.Pid, "mount") == Link("self", "mount"))
                System.Threading.Thread.Sleep(5);
            string mounts = $"/proc/{holder.Pid}/mountinfo", before = System.IO.File.ReadAllText(mounts);
            Bundle bundle = runtime.NewBundle("true").InNamespace("mount", $"/proc/{holder.Pid}/ns/mnt")
                .InNamespace("user", $"/proc/{holder.Pid}/ns/user").WithoutSysfs();
            // gid 5 is not mapped
            bundle.Mounts[2]!["options"] = new JsonArray("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620");
            if (how == "a mount that fails")
                bundle.Mounting("/mnt", "bind", "/nowhere", "bind");
            else
                bundle.Config["hooks"] = JsonNode.Parse("""{ "createRuntime": [{ "path": "/bin/sleep", "args": ["sleep", "1000"] }] }""");
            Result result = runtime.Execute(["/usr/bin/timeout", "--signal", "TERM", "2",
                .. runtime.Command("create", "--bundle", bundle.Write().Path, Runtime.NewId())]);
            result.ExpectError(how == "a mount that fails" ? "/nowhere" : "interrupted by signal 15",
                how == "a mount that fails" ? 1 : 124);
            Assert.That(System.IO.File.ReadAllText(mounts), Is.EqualTo(before));
        }
        finally
        {
            holder.Kill(9);
            holder.Wait();
        }
    }

    [TestCase("pid")]
    [TestCase("network")]
    [TestCase("ipc")]
    [TestCase("uts")]
    [TestCase("cgroup")]
    [TestCase("time")]
    [Must("namespaces.inherit")]
    public void If_a_type_is_not_specified_the_container_inherits_the_runtimes(string type)
    {
        using Runtime runtime = Runtime.Create();
        int pid = runtime.Sleeper(b =>
        {
            b.WithoutNamespace(type);
            if (type == "uts")
                b.Config.Remove("hostname");
        });
        Assert.That(Link(pid, type), Is.EqualTo(Link("self", type)));
    }

    [TestCase("network", "uts")]
    [TestCase("pid", "net")]
    [TestCase("user", "ipc")]
    [TestCase("mount", "pid")]
    [TestCase("time", "ipc")]
    [Must("namespaces.path-type")]
    public void A_path_that_is_not_of_the_type_is_an_error(string type, string file)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").InNamespaces(("mount", null), (type == "mount" ? "ipc" : "uts", null));
        bundle.InNamespace(type, $"/proc/self/ns/{file}");
        int index = ((JsonArray)bundle.Linux["namespaces"]!).Count - 1;
        bundle.Config.Remove("hostname");
        runtime.RunBundle(bundle).ExpectError($"/linux/namespaces/{index}/path").ExpectError("must be a namespace of that type");
    }

    [Test]
    [Must("namespaces.path-type")]
    public void A_path_to_no_namespace_at_all_is_an_error()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true").InNamespace("network", "/etc/hostname")).ExpectError("/linux/namespaces/4/path")
            .ExpectError("must be a namespace of that type");
    }

    [Test]
    public void A_path_that_is_missing_is_an_error()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true").InNamespace("ipc", "/nowhere/ns")).ExpectError("/linux/namespaces/4/path")
            .ExpectError("no such file or directory");
    }

    [Test]
    public void A_fifo_for_a_path_is_an_error_and_no_wait()
    {
        using Runtime runtime = Runtime.Create();
        string fifo = Path.Combine(runtime.Work, "fifo");
        runtime.Execute(["/usr/bin/mkfifo", fifo]).Expect(0);
        runtime.RunBundle(runtime.NewBundle("true").InNamespace("ipc", fifo)).ExpectError("/linux/namespaces/4/path");
    }

    [Test]
    public void A_new_network_namespace_has_its_loopback_up()
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(runtime.RunBundle(runtime.NewBundle().Says("ip -o addr show lo; ping -c1 -w2 127.0.0.1 >/dev/null && echo up")).Output,
            Does.Contain("inet 127.0.0.1/8").And.Contain("up\n"));
    }

    [Test]
    public void A_joined_network_namespace_keeps_its_loopback_as_it_is()
    {
        using Runtime runtime = Runtime.Create();
        Child holder = Child.Start(["/usr/bin/unshare", "--net", "sleep", "1000"]);
        try
        {
            while (Link(holder.Pid, "network") == Link("self", "network"))
                System.Threading.Thread.Sleep(5);
            Result result = runtime.RunBundle(runtime.NewBundle("ip", "link", "show", "lo")
                .InNamespace("network", $"/proc/{holder.Pid}/ns/net")).Expect(0);
            Assert.That(result.Output, Does.Contain("state DOWN").Or.Not.Contain("UP"));
        }
        finally
        {
            holder.Kill(9);
            holder.Wait();
        }
    }

    [Test]
    [Must("delete.others")]
    public void A_container_in_a_joined_pid_namespace_is_not_its_first_process_and_dies_alone()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000").InNamespace("pid", $"/proc/{holder}/ns/pid"));
        Assert.That(runtime.Pid(id), Is.EqualTo(pid));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
        Assert.That(Directory.Exists($"/proc/{holder}"), Is.True);
    }

    [Test]
    public void Delete_ends_everyone_of_a_container_on_the_hosts_pid_namespace()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle().Says("sleep 1001 & exec sleep 1000").WithoutNamespace("pid");
        int pid = runtime.StartContainer(id, bundle);
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void The_offsets_of_a_time_namespace_count_in_the_container()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("cat /proc/self/timens_offsets; cut -d. -f1 /proc/uptime").InNamespace("time");
        bundle.Linux["timeOffsets"] =
            JsonNode.Parse("""{ "monotonic": { "secs": 172800, "nanosecs": 5 }, "boottime": { "secs": 604800, "nanosecs": 0 } }""");
        string[] lines = runtime.RunBundle(bundle).Expect(0).Output.Split('\n');
        Assert.That(lines[0].Split(' ', System.StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(new[] { "monotonic", "172800", "5" }));
        Assert.That(lines[1].Split(' ', System.StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(new[] { "boottime", "604800", "0" }));
        Assert.That(int.Parse(lines[2]), Is.GreaterThan(604800));
    }

    [Test]
    public void A_time_offset_that_the_kernel_refuses_is_an_error_of_its_property()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").InNamespace("time");
        bundle.Linux["timeOffsets"] = JsonNode.Parse("""{ "monotonic": { "secs": -900000000, "nanosecs": 0 } }""");
        runtime.RunBundle(bundle).ExpectError("/linux/timeOffsets");
    }

    [Test]
    public void The_containers_cgroup_is_the_root_of_its_cgroup_namespace()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/proc/self/cgroup").InNamespace("cgroup");
        foreach (string line in runtime.RunBundle(bundle).Expect(0).Output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries))
            Assert.That(line, Does.EndWith(":/"));
    }

    internal static string File(string type) => type switch { "network" => "net", "mount" => "mnt", _ => type };

    internal static string Link(object pid, string type) => System.IO.File.ResolveLinkTarget($"/proc/{pid}/ns/{File(type)}", false)!.Name;
}
