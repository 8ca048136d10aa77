using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Diagnosing;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>sharprunc doctor ID: a container's state against reality.</summary>
internal sealed class ContainerReportTests
{
    private static readonly string[] Rows =
        ["lock", "init", "fifo", "cgroup", "limits", "devices", "namespaces", "rootfs", "mounts", "directory"];

    private Runtime runtime = null!;
    private string id = "";
    private Bundle[] made = []; // the runtime disposes it

    [SetUp]
    public void Make()
    {
        runtime = Runtime.Create();
        id = Runtime.NewId();
        made = [runtime.NewBundle("sleep", "1000")];
        Bundle.Linux["resources"]!["pids"] = new JsonObject { ["limit"] = 100 };
    }

    [TearDown]
    public void Dispose() => runtime.Dispose();

    private Bundle Bundle => made[0];

    private string Directory => Path.Combine(runtime.Root, id);

    private Doctor Ask(int exitCode) => Doctor.Ask(runtime, exitCode, id);

    /// <summary>Of the container's cgroup, in the hierarchy that has it.</summary>
    private string CgroupFile(string name) => Support.Cgroups.Of($"{runtime.CgroupName}/1").Select(path => Path.Combine(path, name))
        .First(File.Exists);

    [Test]
    public void A_healthy_container_has_no_problem_created_running_paused_and_updated()
    {
        Bundle.Linux["resources"]!["memory"] = new JsonObject { ["limit"] = 100_000_001, ["reservation"] = 50_000_000 };
        Bundle.Linux["resources"]!["cpu"] = new JsonObject { ["shares"] = 512, ["quota"] = 50_000, ["period"] = 100_000, ["cpus"] = "0,1" };
        runtime.CreateContainer(id, Bundle.Write());
        Doctor created = Ask(0);
        Assert.That(created.Findings.Select(static finding => (string)finding["topic"]!), Is.EqualTo(Rows));
        Assert.That(created.Topics("ok"), Is.EqualTo(Rows), created.Document.ToJsonString());
        Assert.That((string)created.Document["subject"]!, Is.EqualTo(id));
        runtime.Run("start", id).Expect(0);
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
        runtime.Run("update", "--memory", "80m", "--cpu-share", "300", id).Expect(0);
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
        runtime.Run("pause", id).Expect(0);
        Doctor.Mend(runtime, Ask(0).Only("status", "note"));
        Assert.That(runtime.Run("doctor", id).Expect(0).Output, Does.EndWith("\nnothing is wrong\n"));
    }

    [Test]
    public void What_engines_write_has_no_problem_either()
    {
        Bundle.MapsUsers().WithoutSysfs().InNamespace("cgroup");
        System.IO.Directory.CreateDirectory(Path.Combine(Bundle.Rootfs, "var/deep/there"));
        System.IO.Directory.CreateDirectory(Path.Combine(Bundle.Rootfs, "with space"));
        File.CreateSymbolicLink(Path.Combine(Bundle.Rootfs, "link"), "/var/deep");
        Bundle.Mounting("/link/there", "tmpfs", "tmpfs").Mounting("/with space", "bind", Bundle.Sources, "rbind", "ro");
        runtime.StartContainer(id, Bundle);
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
    }

    [Test]
    public void An_init_that_was_killed_makes_a_stopped_container()
    {
        int pid = runtime.StartContainer(id, Bundle);
        Sys.TryKill(pid, 9);
        Runtime.WaitForEnd(pid);
        JsonObject init = Ask(0).Only("init", "note");
        Assert.That((string)init["text"]!, Is.EqualTo($"process {pid} has ended: the container is stopped"));
        Doctor.Mend(runtime, init);
        Assert.That(System.IO.Directory.Exists(Directory), Is.False);
    }

    [Test]
    public void One_that_was_killed_before_start_can_only_be_deleted()
    {
        int pid = runtime.CreateContainer(id, Bundle.Write());
        Sys.TryKill(pid, 9);
        Runtime.WaitForEnd(pid);
        JsonObject init = Ask(1).Only("init");
        Assert.That((string)init["text"]!, Does.EndWith("it cannot be started any more"));
        Doctor.Mend(runtime, init);
        Assert.That(System.IO.Directory.Exists(Directory), Is.False);
    }

    [Test]
    public void Processes_that_outlived_the_init_are_counted()
    {
        Bundle.WithoutNamespace("pid").Says("sleep 1000 & exec sleep 1000");
        int pid = runtime.StartContainer(id, Bundle);
        Eventually.Holds(() => Support.Cgroups.Processes(Path.GetDirectoryName(CgroupFile("cgroup.procs"))!).Count == 2, "no second one");
        Sys.TryKill(pid, 9);
        Runtime.WaitForEnd(pid);
        Doctor said = Ask(1);
        Assert.That(said.Topics("problem"), Is.EqualTo(new[] { "cgroup" }));
        Assert.That(said.Text("cgroup"), Does.Contain("1 processes of it are left"));
    }

    [Test]
    public void A_limit_that_was_changed_by_hand_is_told_and_update_mends_it()
    {
        runtime.StartContainer(id, Bundle);
        string file = CgroupFile("pids.max");
        File.WriteAllText(file, "50");
        JsonObject limit = Ask(1).Only("limits");
        Assert.That((string)limit["text"]!, Is.EqualTo($"{file} is 50; /linux/resources/pids/limit is 100"));
        Doctor.Mend(runtime, limit);
        Assert.That(File.ReadAllText(file), Is.EqualTo("100\n"));
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
    }

    [Test]
    public void A_name_in_a_remedy_is_no_part_of_the_command()
    {
        Bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/a b;'$(touch run)";
        int pid = runtime.StartContainer(id, Bundle);
        string top = Path.GetDirectoryName(Support.Cgroups.Of(runtime.CgroupName)[0] + "/x")!;
        File.WriteAllText(Path.Combine(top, "cgroup.procs"), $"{pid}");
        Doctor.Mend(runtime, Ask(1).Only("cgroup"));
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
        Assert.That(File.Exists($"{runtime.Work}/run"), Is.False);
    }

    [Test]
    public void An_init_that_was_moved_out_of_its_cgroup_is_told_and_can_be_moved_back()
    {
        int pid = runtime.StartContainer(id, Bundle);
        string cgroup = Path.GetDirectoryName(CgroupFile("pids.max"))!;
        string elsewhere = Path.Combine(Path.GetDirectoryName(cgroup)!, "elsewhere");
        System.IO.Directory.CreateDirectory(elsewhere);
        File.WriteAllText(Path.Combine(elsewhere, "cgroup.procs"), $"{pid}");
        JsonObject moved = Ask(1).Only("cgroup");
        Assert.That((string)moved["text"]!,
            Is.EqualTo($"the init (process {pid}) is not in {cgroup} but in /{runtime.CgroupName}/elsewhere"));
        Doctor.Mend(runtime, moved);
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
        System.IO.Directory.Delete(elsewhere);
    }

    [Test]
    public void A_device_rule_that_was_taken_away_or_added_is_told()
    {
        if (!Support.Cgroups.Has("devices"))
            Assert.Ignore("needs the devices controller of cgroup v1");
        runtime.StartContainer(id, Bundle);
        File.WriteAllText(CgroupFile("devices.deny"), "c 1:3 rwm");
        Doctor.Mend(runtime, Ask(1).Only("devices"));
        File.WriteAllText(CgroupFile("devices.allow"), "b 8:0 rw");
        JsonObject more = Ask(1).Only("devices");
        Assert.That((string)more["text"]!, Does.EndWith("devices.list has \"b 8:0 rw\", which the config does not allow"));
        Doctor.Mend(runtime, more);
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
    }

    [Test]
    public void A_device_program_is_compared_with_the_one_that_the_config_makes()
    {
        string path = Path.Combine(UnifiedView.MountPoint, runtime.CgroupName);
        System.IO.Directory.CreateDirectory(path);
        using Cgroup cgroup = Cgroup.Open([new("", path)]);
        DeviceSet wanted = DeviceSet.From([], []);
        DeviceSet other = DeviceSet.From([new() { Type = 'c', Major = 10, Minor = 229, Access = "rw", Allow = true }], []);
        Assert.That(DeviceDrift.Find(cgroup, wanted)!.Text, Does.Contain("no device program is attached"));
        using (Fd directory = Sys.OpenAt(Fd.Cwd, path, O_RDONLY | O_DIRECTORY))
            Core.Cgroups.V2.DeviceProgram.Attach(directory, wanted, isNew: true, path);
        Assert.That(DeviceDrift.Find(cgroup, wanted)!.Text, Is.Null);
        Assert.That(DeviceDrift.Find(cgroup, other)!.Text, Does.Contain("is not the config's"));
    }

    [Test]
    public void A_fifo_that_is_gone_or_should_be_is_told()
    {
        string fifo = Path.Combine(Directory, "exec.fifo"), aside = Path.Combine(runtime.Work, "fifo");
        runtime.CreateContainer(id, Bundle.Write());
        File.Move(fifo, aside);
        Assert.That((string)Ask(1).Only("fifo")["text"]!, Does.Contain("its init still waits for it"));
        File.Move(aside, fifo);
        runtime.Run("start", id).Expect(0);
        Assert.That(Sys.TryMknodAt(Fd.Cwd, fifo, S_IFIFO | 0x180, 0).Failed, Is.False);
        Doctor.Mend(runtime, Ask(1).Only("fifo"));
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
    }

    [Test]
    public void A_start_whose_hooks_run_is_no_problem()
    {
        const string Hook = "while [ ! -e /go ]; do sleep 0.1; done";
        JsonObject hook = new() { ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", Hook) };
        Bundle.Config["hooks"] = new JsonObject { ["startContainer"] = new JsonArray(hook) };
        runtime.CreateContainer(id, Bundle.Write());
        Child start = Child.Start(runtime.Command("start", id));
        Eventually.Holds(() => !File.Exists(Path.Combine(Directory, "exec.fifo")), "start has not begun");
        Ask(0).Only("fifo", "note");
        File.WriteAllText(Path.Combine(Bundle.Rootfs, "go"), "");
        Assert.That(start.Wait(), Is.Zero);
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
    }

    [Test]
    public void A_file_of_another_name_is_told_on_one_line_and_as_text()
    {
        runtime.StartContainer(id, Bundle);
        File.WriteAllText(Path.Combine(Directory, "a\n\u001b[31mb\u009b\u202e"), "");
        Ask(0).Only("directory", "note");
        string output = runtime.Run("doctor", id).Expect(0).Output;
        Assert.That(output, Does.Contain(@"did not make: a\x0a\x1b[31mb\u009b\u202e" + "\n").And.Not.Contain("\u001b"));
    }

    [Test]
    public void A_damaged_state_is_told_with_what_lives_and_delete_mends_it()
    {
        int pid = runtime.StartContainer(id, Bundle);
        File.WriteAllText(Path.Combine(Directory, "state.json"), "{");
        Doctor said = Ask(1);
        Assert.That(said.Topics("problem"), Is.EqualTo(new[] { "state", "cgroup" }));
        Doctor.Mend(runtime, said.Findings.First(static finding => (string)finding["topic"]! == "state"));
        Runtime.WaitForEnd(pid);
        Assert.That(System.IO.Directory.Exists(Directory), Is.False);
    }

    [Test]
    public void A_mount_that_was_taken_away_is_told()
    {
        int pid = runtime.StartContainer(id, Bundle);
        runtime.Execute(["/usr/bin/nsenter", "--target", $"{pid}", "--mount", "/bin/busybox", "umount", "/dev/shm"]).Expect(0);
        Assert.That((string)Ask(1).Only("mounts")["text"]!, Does.StartWith("nothing is mounted any more on /dev/shm:"));
    }

    [Test]
    public void A_namespace_by_path_that_is_another_now_is_told()
    {
        int other = runtime.Sleeper();
        string place = Path.Combine(runtime.Work, "uts");
        File.CreateSymbolicLink(place, $"/proc/{other}/ns/uts");
        runtime.StartContainer(id, Bundle.InNamespace("uts", place));
        Assert.That(Ask(0).Topics("ok"), Is.EqualTo(Rows));
        File.Delete(place);
        File.CreateSymbolicLink(place, "/proc/self/ns/uts");
        Assert.That((string)Ask(0).Only("namespaces", "note")["text"]!,
            Is.EqualTo($"{place} is another uts namespace now than the init's"));
    }

    [Test]
    public void Who_holds_the_lock_is_told()
    {
        runtime.StartContainer(id, Bundle);
        using Fd held = Sys.OpenAt(Fd.Cwd, Path.Combine(Directory, "lock"), O_RDWR);
        Sys.TryFlock(held, LOCK_EX).ThrowIfFailed();
        Assert.That((string)Ask(0).Only("lock", "note")["text"]!, Does.StartWith($"process {Environment.ProcessId} ("));
    }

    [Test]
    public void Nothing_is_changed_by_asking()
    {
        runtime.StartContainer(id, Bundle);
        IEnumerable<(string, DateTime)> Files() => System.IO.Directory.GetFileSystemEntries(runtime.Root, "*", SearchOption.AllDirectories)
            .Select(static file => (file, File.GetLastWriteTimeUtc(file))).ToList();
        IEnumerable<(string, DateTime)> before = Files();
        Ask(0);
        Doctor.Ask(runtime, 0, "--leftovers");
        Assert.That(Files(), Is.EqualTo(before));
    }

    /// <summary>In the README the state root is the usual one, and the cgroup is as on v2.</summary>
    [Test]
    public void The_readme_shows_what_it_prints()
    {
        Bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/web";
        runtime.StartContainer("web", Bundle);
        File.WriteAllText(Support.Cgroups.Of($"{runtime.CgroupName}/web").Select(static path => Path.Combine(path, "pids.max"))
            .First(File.Exists), "50");
        string output = runtime.Run("doctor", "web").Expect(1).Output;
        output = output.Replace($" --root {runtime.Root}", "", StringComparison.Ordinal)
            .Replace(runtime.Root, "/run/sharprunc", StringComparison.Ordinal).Replace(Bundle.Path, "/srv/web", StringComparison.Ordinal)
            .Replace($"/{runtime.CgroupName}/", "/", StringComparison.Ordinal)
            .Replace("/cgroup/pids/", "/cgroup/", StringComparison.Ordinal);
        output = Regex.Replace(output, @"process \d+", "process 4711");
        output = Regex.Replace(output, "(?m)^(ok +cgroup +).*$", "$1/sys/fs/cgroup/web, and the init is in it");
        Assert.That(Readme.Block("console", "sharprunc doctor"), Does.Contain("$ sharprunc doctor web\n" + output), output);
    }
}
