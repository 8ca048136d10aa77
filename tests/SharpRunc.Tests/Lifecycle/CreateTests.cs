using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Init;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>runtime.md#create and #delete: what is there between create and start, and what stays when the container is gone.</summary>
internal sealed class CreateTests
{
    /// <summary>
    /// As runc's: the state is root's alone, and what the caller has asked for is as its umask has it, but nobody else's to write.
    /// </summary>
    [TestCase("000", "644", "755")]
    [TestCase("022", "644", "755")]
    [TestCase("077", "600", "700")]
    public void The_modes_of_what_create_makes_are_as_the_umask_has_them_and_never_wider(string umask, string file, string cgroup)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), state = Path.Combine(runtime.Root, id), log = Path.Combine(runtime.Work, "log"),
            pid = Path.Combine(runtime.Work, "pid");
        string[] command = runtime.Command("--log", log, "create", "--bundle", runtime.NewBundle("sleep", "1000").Path, "--pid-file", pid,
            id);
        runtime.Execute(["/bin/sh", "-c", $"umask {umask}; exec \"$@\"", "sh", .. command]).Expect(0);
        foreach ((string path, string mode) in new[] { (state, "711"), (state + "/state.json", "600"), (state + "/config.json", "600"),
            (log, file), (pid, file) })
            Assert.That(System.Convert.ToString((int)File.GetUnixFileMode(path), 8), Is.EqualTo(mode), path);
        foreach (string directory in Support.Cgroups.Of(runtime.CgroupName + "/1"))
            Assert.That(System.Convert.ToString((int)File.GetUnixFileMode(directory), 8), Is.EqualTo(cgroup), directory);
    }

    [Test]
    [Must("create.applied"), Must("create.container"), Must("lifecycle.environment"), Must("lifecycle.resources"), Must("state.pid")]
    public void All_properties_but_process_MUST_be_applied_when_create_returns()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000").InNamespace("cgroup").InNamespace("time")
            .Mounting("/mnt", "tmpfs", "tmpfs", "size=64k", "noexec").Mounting("/etc/hosts", "bind", "sources/hosts", "bind", "ro");
        bundle.Config["domainname"] = "its.domain";
        bundle.Config["root"]!["readonly"] = true;
        bundle.Linux["sysctl"] = new JsonObject { ["kernel.shmmni"] = "1234" };
        bundle.Linux["timeOffsets"] = JsonNode.Parse("""{ "boottime": { "secs": 604800 } }""");
        bundle.Linux["devices"] = JsonNode.Parse("""[{ "path": "/dev/mine", "type": "c", "major": 1, "minor": 5, "fileMode": 384 }]""");
        bundle.Linux["rootfsPropagation"] = "rprivate";
        bundle.Linux["resources"]!["pids"] = new JsonObject { ["limit"] = 17 };
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, bundle.Write());
        Assert.That((runtime.Status(id), runtime.Pid(id)), Is.EqualTo(("created", pid)));

        foreach (string type in new[] { "pid", "network", "ipc", "uts", "mount", "cgroup", "time" })
            Assert.That(NamespaceTests.Link(pid, type), Is.Not.EqualTo(NamespaceTests.Link("self", type)), type);
        string[] mounts = File.ReadAllLines($"/proc/{pid}/mountinfo");
        foreach (string mount in new[] { "/ ro,", "/proc rw,nosuid,", "/dev rw,nosuid", "/dev/pts rw,", "/mnt rw,noexec,", "/etc/hosts ro,",
            "/sys ro,", "/proc/keys ", "/proc/sys ro," })
            Assert.That(mounts, Has.Some.Matches($"^(\\S+ ){{4}}{mount}"));
        Assert.That(mounts, Has.None.Contains("shared:").And.None.Contains("master:"), "rprivate");
        Assert.That(File.ReadAllText($"/proc/{pid}/timens_offsets"), Does.Match("boottime +604800 +0"));
        Assert.That(Inside("hostname; cat /proc/sys/kernel/domainname /proc/sys/kernel/shmmni; stat -c %t:%T:%a /dev/mine /dev/null; cat "
            + "/etc/hosts; touch /x 2>/dev/null || echo read-only; ls /proc/acpi | wc -l"),
            Is.EqualTo("bundle\nits.domain\n1234\n1:5:600\n1:3:666\n# hosts\nread-only\n0\n"));
        string? limited = Support.Cgroups.Of(((string)bundle.Linux["cgroupsPath"]!).TrimStart('/'))
            .Find(static cgroup => File.Exists(cgroup + "/pids.max"));
        Assert.That(limited is null ? "" : File.ReadAllText(limited + "/pids.max"), Is.EqualTo("17\n"));

        string Inside(string script)
            => runtime.Execute(["/usr/bin/nsenter", "--target", $"{pid}", "--mount", "--uts", "--ipc", "--root", "--wd", "/bin/sh", "-c",
                "PATH=/bin; " + script]).Expect(0).Output;
    }

    [Test]
    [Must("delete.others")]
    public void What_a_container_did_not_create_MUST_NOT_be_deleted_with_it()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper();
        Bundle bundle = runtime.NewBundle("touch", "/mnt/file").Mounting("/mnt", "bind", "sources", "bind");
        foreach (string type in new[] { "network", "ipc", "uts" })
            bundle.InNamespace(type, $"/proc/{holder}/ns/{NamespaceTests.File(type)}");
        bundle.Config.Remove("hostname");
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, bundle);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
        Assert.That(File.Exists(bundle.ConfigFile) && File.Exists(Path.Combine(bundle.Sources, "file"))
            && File.Exists(Path.Combine(bundle.Rootfs, "bin/busybox")));
        Assert.That(Directory.Exists($"/proc/{holder}"));
        foreach (string type in new[] { "network", "ipc", "uts" })
            Assert.That(NamespaceTests.Link(holder, type), Is.Not.Empty);
    }

    [Test]
    [Must("delete.resources"), Must("lifecycle.destroyed")]
    public void Delete_MUST_delete_what_create_made()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "sleep 1000 & wait").Mounting("/mnt", "tmpfs", "tmpfs");
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, bundle);
        Assert.That(Leftovers.Of(runtime), Is.Not.Empty, "what must go can be seen");
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
        Assert.That(Leftovers.Of(runtime), Is.Empty, "no process, no mount, no cgroup, no state");
    }
}
