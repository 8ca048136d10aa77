using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>config-linux.md#user-namespace-mappings, and a user namespace beside every other one.</summary>
internal sealed class UserNamespaceTests
{
    private const string Maps = "cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g";

    [Test]
    [Must("namespaces.new")]
    public void The_mappings_are_those_of_the_config()
    {
        using Runtime runtime = Runtime.Create();
        Result result = runtime.RunBundle(runtime.NewBundle().Says(Maps).MapsUsers()).Expect(0);
        Assert.That(result.Output, Is.EqualTo("         0     100000      65536\n         0     100000      65536\n0\n0\n"));
    }

    [Test]
    public void The_host_sees_the_mapped_user()
    {
        using Runtime runtime = Runtime.Create();
        int pid = runtime.Sleeper(b =>
        {
            b.MapsUsers();
            b.Process["user"] = JsonNode.Parse("""{ "uid": 1000, "gid": 1000 }""");
        });
        Assert.That(File.ReadAllText($"/proc/{pid}/status"),
            Does.Contain("Uid:\t101000\t101000\t101000\t101000\n").And.Contain("Gid:\t101000\t101000"));
    }

    [Test]
    public void A_mapping_that_the_kernel_refuses_is_an_error_of_its_property()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").MapsUsers();
        bundle.Linux["uidMappings"] =
            JsonNode.Parse("""[{ "containerID": 0, "hostID": 100000, "size": 10 }, { "containerID": 20, "hostID": 100005, "size": 10 }]""");
        runtime.RunBundle(bundle).ExpectError("/linux/uidMappings");
    }

    [TestCase("""{ "uid": 70000, "gid": 0 }""", "/process/user/uid", "cannot setuid to unmapped uid 70000 in user namespace", "--user",
        "70000")]
    [TestCase("""{ "uid": 0, "gid": 70001 }""", "/process/user/gid", "cannot setgid to unmapped gid 70001 in user namespace", "--user",
        "0:70001")]
    [TestCase("""{ "uid": 0, "gid": 0, "additionalGids": [5, 70002, 70003] }""", "/process/user/additionalGids/1", "cannot setgroups to "
        + "unmapped gid 70002 in user namespace", "--additional-gids", "5", "--additional-gids", "70002", "--additional-gids", "70003")]
    public void An_id_outside_the_mapping_is_named(string user, string pointer, string message, params string[] flags)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").MapsUsers();
        bundle.Process["user"] = JsonNode.Parse(user);
        runtime.RunBundle(bundle).ExpectError(pointer).ExpectError(message).ExpectError("Mappings");
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000").MapsUsers());
        runtime.Run(["exec", .. flags, id, "true"]).ExpectError(message, 255);
        string file = Path.Combine(runtime.Work, "process.json");
        File.WriteAllText(file, $$"""{ "args": ["true"], "cwd": "/", "env": ["PATH=/bin"], "user": {{user}} }""");
        runtime.Run("exec", "--process", file, id).ExpectError(message, 255);
    }

    [TestCase("uidMappings")]
    [TestCase("gidMappings")]
    public void Mappings_without_a_user_namespace_are_a_warning_and_map_nothing(string property)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("cat /proc/self/uid_map; stat -c %u:%g /dev/pts/ptmx /dev/kmsg /tmp/file")
            .Mounting("/tmp", "tmpfs", "t", "uid=7", "gid=70000");
        bundle.Mounting("/tmp/file", "bind", "sources/hosts", "bind");
        bundle.Linux[property] = JsonNode.Parse("""[{ "containerID": 0, "hostID": 100000, "size": 3 }]""");
        bundle.Linux["devices"] =
            JsonNode.Parse("""[{ "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "uid": 9, "gid": 70000 }]""");
        Result result = runtime.RunBundleLogged(bundle).Expect(0);
        Assert.That(result.Output, Is.EqualTo("         0          0 4294967295\n0:0\n9:70000\n0:0\n"));
        Assert.That(result.Errors, Does.Contain($"/linux/{property}: there is no user namespace"));
    }

    [Test]
    public void A_new_user_namespace_and_a_network_by_path()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000").MapsUsers().WithoutSysfs()
            .InNamespace("network", $"/proc/{holder}/ns/net"));
        Assert.That(NamespaceTests.Link(pid, "network"), Is.EqualTo(NamespaceTests.Link(holder, "network")));
        Assert.That(File.ReadAllText($"/proc/{pid}/uid_map"), Does.Contain("100000"));
        LivesAndDies(runtime, id, pid);
    }

    [Test]
    public void A_user_namespace_by_path_and_a_new_pid_namespace()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle().Says("echo $$ >/tmp/pid; exec sleep 1000").InNamespace("user", $"/proc/{holder}/ns/user");
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x1FF);
        int pid = runtime.StartContainer(id, bundle);
        Assert.That(NamespaceTests.Link(pid, "user"), Is.EqualTo(NamespaceTests.Link(holder, "user")));
        Assert.That(NamespaceTests.Link(pid, "pid"), Is.Not.EqualTo(NamespaceTests.Link(holder, "pid"))
            .And.Not.EqualTo(NamespaceTests.Link("self", "pid")));
        while (runtime.Status(id) == "running" && !(File.Exists(Path.Combine(bundle.Rootfs, "tmp/pid"))
            && File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/pid")).Length > 0))
            System.Threading.Thread.Sleep(5);
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/pid")), Is.EqualTo("1\n"));
        LivesAndDies(runtime, id, pid);
    }

    [Test]
    public void The_exit_status_of_a_second_clone_is_the_programs()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        runtime.RunBundle(runtime.NewBundle().Says("exit 7").InNamespace("user", $"/proc/{holder}/ns/user")).Expect(7);
    }

    [Test]
    [Must("namespaces.join")]
    public void User_and_pid_namespaces_by_path()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000").InNamespace("user", $"/proc/{holder}/ns/user")
            .InNamespace("pid", $"/proc/{holder}/ns/pid"));
        Assert.That(NamespaceTests.Link(pid, "pid"), Is.EqualTo(NamespaceTests.Link(holder, "pid")));
        Assert.That(NamespaceTests.Link(pid, "user"), Is.EqualTo(NamespaceTests.Link(holder, "user")));
        LivesAndDies(runtime, id, pid);
        Assert.That(Directory.Exists($"/proc/{holder}"), Is.True);
    }

    [Test]
    public void Every_namespace_of_another_container_by_path()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000").InNamespace("user", $"/proc/{holder}/ns/user");
        foreach (string type in new[] { "pid", "network", "ipc", "uts" })
            bundle.InNamespace(type, $"/proc/{holder}/ns/{NamespaceTests.File(type)}");
        bundle.Config.Remove("hostname");
        int pid = runtime.StartContainer(id, bundle);
        foreach (string type in new[] { "user", "pid", "network", "ipc", "uts" })
            Assert.That(NamespaceTests.Link(pid, type), Is.EqualTo(NamespaceTests.Link(holder, type)), type);
        LivesAndDies(runtime, id, pid);
    }

    [Test]
    public void A_user_namespace_that_denies_setgroups_keeps_the_callers_groups()
    {
        using Runtime runtime = Runtime.Create();
        Child holder = Child.Start(["/usr/bin/unshare", "--user", "--setgroups", "deny", "--map-root-user", "sleep", "1000"]);
        try
        {
            while (NamespaceTests.Link(holder.Pid, "user") == NamespaceTests.Link("self", "user")
                || File.ReadAllText($"/proc/{holder.Pid}/gid_map").Length == 0)
                System.Threading.Thread.Sleep(5);
            Assert.That(File.ReadAllText($"/proc/{holder.Pid}/setgroups"), Is.EqualTo("deny\n"));
            Bundle bundle = runtime.NewBundle("id", "-u").InNamespace("user", $"/proc/{holder.Pid}/ns/user");
            bundle.Mounts[2]!["options"] = new JsonArray("newinstance", "ptmxmode=0666"); // gid 5 is not mapped
            Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("0\n"));
        }
        finally
        {
            holder.Kill(9);
            holder.Wait();
        }
    }

    [Test]
    public void A_rootfs_that_the_mapped_root_cannot_reach_is_opened_by_the_runtime()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("ls /bin/sh; cat /mnt/f").MapsUsers();
        string hidden = Path.Combine(bundle.Sources, "hidden");
        Directory.CreateDirectory(hidden);
        File.WriteAllText(Path.Combine(hidden, "f"), "seen\n");
        bundle.Mounting("/mnt", "bind", hidden, "rbind", "ro");
        File.SetUnixFileMode(bundle.Path, (UnixFileMode)0x1C0);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/bin/sh\nseen\n"));
    }

    [Test]
    public void A_time_namespace_of_a_new_user_namespace_takes_its_offsets()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("cut -d. -f1 /proc/uptime").MapsUsers().InNamespace("time");
        bundle.Linux["timeOffsets"] = JsonNode.Parse("""{ "boottime": { "secs": 604800, "nanosecs": 0 } }""");
        Assert.That(int.Parse(runtime.RunBundle(bundle).Expect(0).Output), Is.GreaterThan(604800));
    }

    [Test]
    public void Sysctls_of_the_containers_own_namespaces_are_set_in_a_user_namespace()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start", "/proc/sys/kernel/shmmni").MapsUsers();
        bundle.Linux["sysctl"] = new JsonObject { ["net.ipv4.ip_unprivileged_port_start"] = "80", ["kernel.shmmni"] = "1234" };
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("80\n1234\n"));
    }

    [Test]
    [Must("devices.default")]
    public void The_default_devices_work_in_a_user_namespace()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle()
            .Says("echo x >/dev/null && head -c 2 /dev/zero | od -An -tx1 && stat -c '%t:%T' /dev/null /dev/zero /dev/full /dev/random "
                + "/dev/urandom /dev/tty").MapsUsers();
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(" 00 00\n1:3\n1:5\n1:7\n1:8\n1:9\n5:0\n"));
    }

    [Test]
    public void Fifos_are_made_in_a_user_namespace_too()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%F %a %u %g", "/dev/pipe").MapsUsers();
        bundle.Linux["devices"] = JsonNode.Parse("""[{ "path": "/dev/pipe", "type": "p", "fileMode": 416, "uid": 7, "gid": 8 }]""");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("fifo 640 7 8\n"));
    }

    private static void LivesAndDies(Runtime runtime, string id, int pid)
    {
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(runtime.Pid(id), Is.EqualTo(pid));
        Assert.That(Directory.Exists($"/proc/{pid}"), Is.True);
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
    }
}
