using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Checking;

/// <summary>What this host would refuse of a bundle, found by check before create finds it.</summary>
internal sealed class HostCheckTests
{
    /// <summary>What is written where, the pointer of the error, and words that create has too.</summary>
    private static readonly (string Name, Action<Bundle> Make, string Pointer, string Said)[] Refusals =
    [
        ("a file system that no kernel has", bundle => bundle.Mounting("/a", "nosuchfs", "x"), "/mounts/6/type", "fsopen nosuchfs"),
        ("a bind mount without bind", bundle => bundle.Mounting("/a", "bind", "/tmp"), "/mounts/6/type", "needs the option bind or rbind"),
        ("an option that tmpfs has not", bundle => bundle.Mounting("/a", "tmpfs", "x", "sise=1m"), "/mounts/6/options",
            "tmpfs: Unknown parameter 'sise'"),
        ("a value that tmpfs does not take", bundle => bundle.Mounting("/a", "tmpfs", "x", "size=much"), "/mounts/6/options", "size"),
        ("a directory onto a file", bundle => bundle.Mounting("/bin/busybox", "bind", "/tmp", "bind"), "/mounts/6/destination",
            "one of source and destination is a directory and the other is not"),
        ("a file system onto a file", bundle => bundle.Mounting("/bin/busybox", "tmpfs", "x"), "/mounts/6/destination", "not a directory"),
        ("a place below a file", bundle => bundle.Mounting("/etc/passwd/a", "tmpfs", "x"), "/mounts/6/destination", "not a directory"),
        ("sysfs behind a link", bundle => { Link(bundle, "sys2"); bundle.Mounting("/sys2", "sysfs", "x"); },
            "/mounts/6/destination", "must be mounted on ordinary directory"),
        ("a remount of nothing", bundle => bundle.Mounting("/home", "none", "x", "remount", "ro"), "/mounts/6/destination",
            "nothing is mounted on /home that could be remounted"),
        ("a source that is not there", bundle => bundle.Mounting("/a", "none", "/no/such", "bind"), "/mounts/6/source",
            "open_tree /no/such: no such file or directory"),
        ("a disk that is not there", bundle => bundle.Mounting("/a", "ext4", "/no/such"), "/mounts/6/source",
            "mounts[6] /a: fsconfig ext4"),
        ("a device where a file is", bundle => Device(bundle, "/etc/passwd", 1, 3), "/linux/devices/0",
            "/etc/passwd exists and is not the character device 1:3"),
        ("two devices in one place", bundle => { Device(bundle, "/dev/one", 1, 3); Device(bundle, "/dev/one", 1, 5); },
            "/linux/devices/1", "/dev/one exists and is not the character device 1:5"),
        ("a device of nobody", bundle => { bundle.MapsUsers(); Device(bundle, "/dev/one", 1, 3, uid: 70000); }, "/linux/devices/0/uid",
            "uid 70000 is not mapped in the user namespace"),
        ("a user that is not mapped", bundle => bundle.MapsUsers().Process["user"]!["uid"] = 70000, "/process/user/uid",
            "cannot setuid to unmapped uid 70000 in user namespace"),
        ("a group that is not mapped", bundle => bundle.MapsUsers().Process["user"]!["additionalGids"] = new JsonArray(1, 70000),
            "/process/user/additionalGids/1", "cannot setgroups to unmapped gid 70000 in user namespace"),
        ("a working directory that is a file", bundle => bundle.Process["cwd"] = "/etc/passwd", "/process/cwd",
            "set in config.json failed: not a directory"),
        ("more open files than the kernel has", bundle => bundle.Process["rlimits"] = JsonNode.Parse(
            """[{ "type": "RLIMIT_NOFILE", "soft": 1, "hard": 9000000000 }]"""), "/process/rlimits/0/hard", "/process/rlimits/0"),
        ("a sysctl that no kernel has", bundle => bundle.Linux["sysctl"] = new JsonObject { ["net.ipv4.no_such"] = "1" },
            "/linux/sysctl/net.ipv4.no_such", "/proc/sys/net/ipv4/no_such"),
        ("words for a number", bundle => bundle.Linux["sysctl"] = new JsonObject { ["kernel.shmmax"] = "much" },
            "/linux/sysctl/kernel.shmmax", "cannot set sysctl kernel.shmmax to \"much\", a value that the kernel does not accept"),
        ("a clock before its beginning", bundle => bundle.InNamespace("time").Linux["timeOffsets"] = JsonNode.Parse(
            """{ "monotonic": { "secs": -100000000, "nanosecs": 0 } }"""), "/linux/timeOffsets/monotonic/secs", ""),
        ("the runtime's user namespace", bundle => bundle.InNamespace("user", "/proc/self/ns/user"), "/linux/namespaces/5/path",
            "omit it to inherit it"),
        ("a profile without write", bundle => bundle.Linux["seccomp"] = JsonNode.Parse(
            """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["write"], "action": "SCMP_ACT_ERRNO" }] }"""),
            "/linux/seccomp/syscalls/0", ""),
        ("a listener that is not there", bundle => bundle.Linux["seccomp"] = JsonNode.Parse(
            """
            { "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/no/agent",
              "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" }] }
            """), "/linux/seccomp/listenerPath", "cannot announce the container to the seccomp listener"),
        ("CPUs that are not there", bundle => bundle.Linux["resources"]!["cpu"] = new JsonObject { ["cpus"] = "8000" },
            "/linux/resources/cpu/cpus", "cpuset.cpus"),
        ("more processes than the kernel has", bundle => bundle.Linux["resources"]!["pids"] = new JsonObject { ["limit"] = 9000000 },
            "/linux/resources/pids/limit", "cannot write 9000000"),
        ("a program for its owner alone", bundle =>
            {
                Program(bundle, "prog", (UnixFileMode)0x1C0);
                bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
                bundle.Process.Remove("capabilities");
            }, "/process/args/0", ""),
    ];

    private Runtime runtime = null!;

    [SetUp]
    public void MakeRuntime() => runtime = Runtime.Create();

    [TearDown]
    public void Dispose() => runtime.Dispose();

    private static IEnumerable<string> Names => Refusals.Select(static one => one.Name);

    /// <summary>One place, one wording.</summary>
    [Test]
    public void What_create_refuses_here_is_found_in_its_words([ValueSource(nameof(Names))] string name)
    {
        (_, Action<Bundle> make, string pointer, string said) = Refusals.First(one => one.Name == name);
        Bundle bundle = runtime.NewBundle("true");
        make(bundle);
        string output = runtime.Run("check", "--json", bundle.Write().Path).Expect(1).Output;
        JsonNode[] errors = [.. JsonNode.Parse(output)!["problems"]!.AsArray()
            .Where(problem => (string)problem!["severity"]! == "error").Select(problem => problem!)];
        Assert.That(errors.Select(error => (string)error["pointer"]!), Is.EqualTo(new[] { pointer }), output);
        string all = $"{pointer}: {errors[0]["message"]} {errors[0]["hint"]}";
        Assert.That(all, Does.Contain(said));
        runtime.Run("create", "--bundle", bundle.Path, Runtime.NewId()).ExpectError(said);
    }

    [Test]
    public void A_profile_of_AppArmor_must_be_loaded()
    {
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["apparmorProfile"] = "absent";
        const string Faked = """
            mount -t tmpfs t /sys/module && mkdir -p /sys/module/apparmor/parameters && echo Y >/sys/module/apparmor/parameters/enabled
            mount -t tmpfs t /sys/kernel/security && mkdir /sys/kernel/security/apparmor
            echo 'docker-default (enforce)' >/sys/kernel/security/apparmor/profiles
            exec "$@"
            """;
        Result Check() => runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", Faked, "sh",
            .. runtime.Command("check", bundle.Write().Path)]);
        Assert.That(Check().Expect(1).Output, Does.Contain("/process/apparmorProfile: cannot change to absent: ")
            .And.Contain("hint: is that profile loaded?"));
        foreach (string there in new[] { "docker-default", "unconfined" })
        {
            bundle.Process["apparmorProfile"] = there;
            Check().Expect(0);
        }
    }

    [Test]
    public void Ids_that_nobody_grants_are_found_for_an_ordinary_user()
    {
        OrdinaryUser.RequireMappingPrograms();
        using Runtime his = Runtime.CreateForUser();
        Bundle bundle = his.User!.MapSubordinatesInto(his.NewBundle("true")).Write();
        his.Run("check", bundle.Path).Expect(0);
        bundle.Linux["uidMappings"]![1]!["size"] = 65537;
        bundle.Linux["gidMappings"]![1]!["hostID"] = 100000;
        string output = his.Run("check", bundle.Write().Path).Expect(1).Output;
        Assert.That(output, Does.Contain("/linux/uidMappings/1: ")
            .And.Contain("/etc/subuid does not grant sharprunc-test 200000 to 265536"));
        Assert.That(output, Does.Contain("/linux/gidMappings/1: ")
            .And.Contain("/etc/subgid does not grant sharprunc-test 100000 to 165535"));
        his.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(1);
    }

    [Test]
    public void Without_a_grant_one_s_own_id_can_be_mapped()
    {
        using Runtime his = Runtime.CreateForUser();
        Bundle bundle = his.NewBundle("true").Write();
        his.Run("check", bundle.Path).Expect(0);
        his.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
    }

    private static void Device(Bundle bundle, string path, int major, int minor, int uid = 0)
    {
        JsonArray devices = bundle.Linux["devices"] as JsonArray ?? [];
        bundle.Linux["devices"] = devices;
        devices.Add((JsonNode)new JsonObject { ["path"] = path, ["type"] = "c", ["major"] = major, ["minor"] = minor, ["uid"] = uid });
    }

    private static void Link(Bundle bundle, string name) => File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, name), "home");

    private static void Program(Bundle bundle, string name, UnixFileMode mode)
    {
        string path = Path.Combine(bundle.Rootfs, name);
        File.WriteAllText(path, "#!/bin/sh\n");
        File.SetUnixFileMode(path, mode);
        bundle.Process["args"] = new JsonArray("/" + name);
    }
}
