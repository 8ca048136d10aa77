using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>Containers of an ordinary user: id maps, what he may mount and set, and every command.</summary>
internal sealed class RootlessTests
{
    [Test]
    public void A_user_is_root_of_a_container_with_his_own_id_alone()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle()
            .Says("id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; hostname; touch /mine; cat "
                + "/proc/self/loginuid >/dev/null");
        Result result = runtime.RunBundle(bundle).Expect(0);
        Assert.That(result.Output, Is.EqualTo("0\n0\n         0      54321          1\n         0      54321          1\ndeny\nbundle\n"));
        Assert.That(result.Errors, Is.Empty);
        Assert.That(runtime.Execute(["/usr/bin/stat", "-c", "%u:%g", Path.Combine(bundle.Rootfs, "mine")]).Output,
            Is.EqualTo("54321:54321\n"));
    }

    [Test]
    public void Ranges_that_are_granted_are_mapped_by_newuidmap_and_newgidmap()
    {
        OrdinaryUser.RequireMappingPrograms();
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle().Says("id -u; id -g; cat /proc/self/uid_map /proc/self/setgroups; touch /tmp/mine");
        runtime.User!.MapSubordinatesInto(bundle);
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x1FF);
        bundle.Process["user"] = JsonNode.Parse("""{ "uid": 1000, "gid": 1001 }""");
        Result result = runtime.RunBundle(bundle).Expect(0);
        Assert.That(result.Output, Is.EqualTo("1000\n1001\n         0      54321          1\n         1     200000      65536\nallow\n"));
        Assert.That(runtime.Execute(["/usr/bin/stat", "-c", "%u:%g", Path.Combine(bundle.Rootfs, "tmp/mine")]).Output,
            Is.EqualTo("200999:201000\n"));
    }

    [Test]
    public void A_container_of_subordinate_ids_alone()
    {
        OrdinaryUser.RequireMappingPrograms();
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle().Says("id -u; cut -d. -f1 /proc/uptime; cat /proc/self/oom_score_adj").InNamespace("time");
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            bundle.Linux[name] =
                new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = OrdinaryUser.FirstSubordinate, ["size"] = 1000 });
        bundle.Linux["timeOffsets"] = JsonNode.Parse("""{ "boottime": { "secs": 604800 } }""");
        bundle.Process["oomScoreAdj"] = 77;
        bundle.Config["root"]!["readonly"] = true; // the bundle is the user's, who has no name inside
        string[] lines = runtime.RunBundle(bundle).Expect(0).Output.Split('\n');
        Assert.That((lines[0], lines[2]), Is.EqualTo(("0", "77")));
        Assert.That(int.Parse(lines[1]), Is.GreaterThan(604800));
    }

    [Test]
    public void A_range_that_is_not_granted_is_an_error_of_the_mapping()
    {
        OrdinaryUser.RequireMappingPrograms();
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.User!.MapSubordinatesInto(runtime.NewBundle("true"));
        bundle.Linux["gidMappings"]![1]!["hostID"] = 300000;
        runtime.RunBundle(bundle).ExpectError("/linux/gidMappings").ExpectError("newgidmap: gid range")
            .ExpectError("/etc/subgid must grant");
    }

    [Test]
    public void Without_newgidmap_the_error_says_what_is_missing()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.User!.MapSubordinatesInto(runtime.NewBundle("true")).Write();
        Result result =
            runtime.Execute(
                runtime.User.Command(["/usr/bin/env", "PATH=/bin/none", runtime.Program, "--root", runtime.Root, "run", "--bundle",
                    bundle.Path, Runtime.NewId()]));
        result.ExpectError("exec: \"newgidmap\": executable file not found in $PATH").ExpectError("uidmap");
    }

    [Test]
    public void Every_command_works_for_a_user()
    {
        using Runtime runtime = Runtime.CreateForUser();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, runtime.NewBundle("sleep", "1000").Write());
        Assert.That(runtime.Status(id), Is.EqualTo("created"));
        runtime.Run("start", id).Expect(0);
        Assert.That((runtime.Status(id), runtime.Pid(id)), Is.EqualTo(("running", pid)));
        Assert.That(runtime.Run("list", "--quiet").Expect(0).Output, Is.EqualTo(id + "\n"));
        Assert.That(runtime.Run("ps", "--format", "json", id).Expect(0).Output, Is.EqualTo($"[{pid}]\n"));
        Assert.That(runtime.Run("delete", id).ExitCode, Is.EqualTo(1));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    /// <summary>
    /// An undumpable init could not be joined by its user, who has no power over the user namespace that the binary began in.
    /// </summary>
    [Test]
    public void A_created_container_in_a_user_namespace_by_path_may_be_joined()
    {
        using Runtime runtime = Runtime.CreateForUser();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(Runtime.NewId(), runtime.NewBundle("sleep", "1000"));
        runtime.CreateContainer(id, runtime.NewBundle("sleep", "1000").InNamespace("user", $"/proc/{pid}/ns/user").Write());
        Assert.That(runtime.Run("exec", id, "sh", "-c", "echo in").Expect(0).Output, Is.EqualTo("in\n"));
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    public void Exec_joins_every_namespace_and_ends_as_its_program()
    {
        using Runtime runtime = Runtime.CreateForUser();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Process["oomScoreAdj"] = 50;
        int pid = runtime.StartContainer(id, bundle);
        Result result = runtime.Run("exec", id, "sh", "-c",
            "id -u; for n in user pid mnt net ipc uts; do readlink /proc/self/ns/$n; done; cat /proc/self/oom_score_adj; exit 7").Expect(7);
        string expected = "0\n";
        foreach (string type in new[] { "user", "pid", "mount", "network", "ipc", "uts" })
            expected += NamespaceTests.Link(pid, type) + "\n";
        Assert.That(result.Output, Is.EqualTo(expected + "50\n"));
        runtime.Run("exec", id, "/nothing").ExpectError("no such file or directory", 255);
        Assert.That(runtime.Run("exec", id, "sh", "-c", "kill -9 $$").ExitCode, Is.EqualTo(137));
    }

    [Test]
    public void Exec_detached_writes_the_pid_of_its_second_clone()
    {
        using Runtime runtime = Runtime.CreateForUser();
        string id = Runtime.NewId(), pidFile = Path.Combine(runtime.Work, "state", "exec.pid");
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run("exec", "--detach", "--pid-file", pidFile, id, "sleep", "1000").Expect(0);
        int second = int.Parse(File.ReadAllText(pidFile));
        File.Delete(pidFile);
        Assert.That(File.ReadAllText($"/proc/{second}/cmdline"), Is.EqualTo("sleep\01000\0"));
        Assert.That(NamespaceTests.Link(second, "pid"), Is.EqualTo(NamespaceTests.Link(pid, "pid")));
        Assert.That(JsonNode.Parse(runtime.Run("ps", "--format", "json", id).Expect(0).Output)!.AsArray().Count, Is.EqualTo(2));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(second);
        Runtime.WaitForEnd(pid);
    }

    [Test]
    public void A_created_container_can_be_entered_by_its_user()
    {
        if (!File.Exists("/usr/bin/ip") && !File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip") && !File.Exists("/bin/ip"))
            Assert.Ignore("iproute2 is not installed");
        using Runtime runtime = Runtime.CreateForUser();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, runtime.NewBundle("true").Write());
        // As slirp4netns does between create and start.
        Result result =
            runtime.Execute(
                runtime.User!.Command(["/usr/bin/nsenter", "--target", $"{pid}", "--user", "--net", "--preserve-credentials", "ip", "-o",
                    "link"]));
        Assert.That(result.Expect(0).Output, Does.StartWith("1: lo: ").And.Contain("UP"));
        Assert.That(runtime.Run("exec", id, "id", "-u").Expect(0).Output, Is.EqualTo("0\n"));
    }

    [Test]
    public void The_state_root_is_the_users_own()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true").Write();
        string directory = Path.Combine(runtime.Work, "runtime-dir"), id = Runtime.NewId();
        Directory.CreateDirectory(directory);
        runtime.User!.Own(directory);
        string[] Command(params string[] arguments)
            => runtime.User.Command(["/usr/bin/env", "XDG_RUNTIME_DIR=" + directory, runtime.Program, .. arguments]);
        runtime.Execute(Command("create", "--bundle", bundle.Path, id)).Expect(0);
        Assert.That(runtime.Execute(["/usr/bin/stat", "-c", "%a %u", directory + "/sharprunc"]).Output, Is.EqualTo("1700 54321\n"));
        Assert.That(runtime.Execute(Command("list", "--quiet")).Expect(0).Output, Is.EqualTo(id + "\n"));
        runtime.Execute(Command("delete", "--force", id)).Expect(0);
        Assert.That(Directory.GetFileSystemEntries(directory + "/sharprunc"), Is.Empty);
    }

    [Test]
    public void Without_a_runtime_directory_the_error_says_where_the_state_could_be()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true").Write();
        if (Directory.Exists("/run/sharprunc"))
            Assert.Ignore("/run/sharprunc is there");
        if ((File.GetUnixFileMode("/run") & UnixFileMode.OtherWrite) != 0)
            Assert.Ignore("everyone may write to this machine's /run");
        runtime.Execute(
            runtime.User!.Command(["/usr/bin/env", "-u", "XDG_RUNTIME_DIR", runtime.Program, "run", "--bundle", bundle.Path,
                Runtime.NewId()])).ExpectError("pass --root DIR");
    }

    [Test]
    public void What_spec_rootless_writes_runs()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle();
        File.Delete(bundle.ConfigFile);
        runtime.Execute(runtime.User!.Command([runtime.Program, "spec", "--rootless", "--bundle", bundle.Path])).Expect(0);
        JsonObject config = (JsonObject)JsonNode.Parse(File.ReadAllText(bundle.ConfigFile))!;
        config["process"]!["terminal"] = false;
        config["process"]!["args"] = new JsonArray("sh", "-c",
            "id -u; hostname; ls /sys/fs/cgroup >/dev/null; touch /x 2>/dev/null || echo read-only");
        bundle.Write(config.ToJsonString());
        Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
        Assert.That((result.Output, result.Errors), Is.EqualTo(("0\nsharprunc\nread-only\n", "")));
    }

    [Test]
    public void What_a_process_may_be_given_is_given_by_a_user_too()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle()
            .Says("ulimit -n; cat /proc/sys/kernel/shmmni; cat /proc/self/oom_score_adj; cut -d. -f1 /proc/uptime; stat -c %t:%T "
                + "/dev/null /dev/tty; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; grep -c . /proc/keys")
            .InNamespace("time");
        bundle.Linux["timeOffsets"] = JsonNode.Parse("""{ "boottime": { "secs": 604800 } }""");
        bundle.Linux["sysctl"] = new JsonObject { ["kernel.shmmni"] = "1234" };
        bundle.Linux["seccomp"] =
            JsonNode.Parse("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["reboot"], "action": "SCMP_ACT_ERRNO" }] }""");
        bundle.Process["rlimits"] = JsonNode.Parse("""[{ "type": "RLIMIT_NOFILE", "soft": 100, "hard": 200 }]""");
        bundle.Process["oomScoreAdj"] = 300;
        string[] lines = runtime.RunBundle(bundle).Output.Split('\n');
        Assert.That(int.Parse(lines[3]), Is.GreaterThan(604800));
        lines[3] = "";
        Assert.That(string.Join('|', lines[..9]), Is.EqualTo("100|1234|300||1:3|5:0|CapEff:\t00000000a80425fb|NoNewPrivs:\t1|Seccomp:\t2"));
    }

    [Test]
    public void Namespaces_of_a_users_other_container_are_joined_by_path()
    {
        using Runtime runtime = Runtime.CreateForUser();
        int holder = runtime.Sleeper();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000").InNamespace("user", $"/proc/{holder}/ns/user").WithoutSysfs();
        bundle.Linux.Remove("uidMappings");
        bundle.Linux.Remove("gidMappings");
        bundle.Config.Remove("hostname");
        foreach (string type in new[] { "pid", "network", "ipc", "uts" })
            bundle.InNamespace(type, $"/proc/{holder}/ns/{NamespaceTests.File(type)}");
        int pid = runtime.StartContainer(id, bundle);
        foreach (string type in new[] { "user", "pid", "network", "ipc", "uts" })
            Assert.That(NamespaceTests.Link(pid, type), Is.EqualTo(NamespaceTests.Link(holder, type)), type);
        Assert.That(runtime.Run("exec", id, "id", "-u").Expect(0).Output, Is.EqualTo("0\n"));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void A_users_namespace_by_path_and_a_new_pid_namespace()
    {
        using Runtime runtime = Runtime.CreateForUser();
        int holder = runtime.Sleeper();
        Bundle bundle = runtime.NewBundle().Says("echo $$; exit 7").InNamespace("user", $"/proc/{holder}/ns/user");
        bundle.Linux.Remove("uidMappings");
        bundle.Linux.Remove("gidMappings");
        Assert.That(runtime.RunBundle(bundle).Expect(7).Output, Is.EqualTo("1\n"));
    }

    [Test]
    public void A_namespace_that_is_not_the_users_names_its_path()
    {
        using Runtime runtime = Runtime.CreateForUser();
        // With a path of its own clone3 makes none of them.
        runtime.RunBundle(runtime.NewBundle("true").WithoutSysfs().InNamespace("network", "/proc/self/ns/net"))
            .ExpectError("/linux/namespaces/").ExpectError("operation not permitted");
    }

    [TestCase("list")]
    [TestCase("state", "x")]
    [TestCase("run", "x")]
    public void A_user_without_a_place_for_states_is_told_how_to_have_one(params string[] command)
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true");
        string locked = Directory.CreateDirectory(Path.Combine(runtime.Work, "locked")).FullName;
        File.SetUnixFileMode(locked, (UnixFileMode)0x1C0);
        string[] flags = command[0] == "run" ? ["run", "--bundle", bundle.Path, "x"] : command;
        runtime.Execute(runtime.User!.Command([runtime.Program, "--root", locked + "/state", .. flags])).ExpectError("permission denied")
            .ExpectError("set XDG_RUNTIME_DIR");
    }

    [Test]
    public void A_user_without_a_user_namespace_is_told_that_he_needs_one()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true").WithoutNamespace("user");
        bundle.Linux.Remove("uidMappings");
        bundle.Linux.Remove("gidMappings");
        runtime.RunBundle(bundle).ExpectError("/linux/namespaces: rootless container requires user namespaces")
            .ExpectError("sharprunc spec --rootless");
    }

    [Test]
    public void Sysfs_beside_the_hosts_network_is_the_hosts_own_and_read_only_with_all_below()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true").WithoutNamespace("network").Says("cut -d' ' -f5,6 /proc/self/mountinfo | grep ^/sys");
        string[] mounts = runtime.RunBundle(bundle).Expect(0).Output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries);
        Assert.That(mounts, Has.Some.StartsWith("/sys ").And.All.Match("^/sys[^ ]* ro,"));
    }
}
