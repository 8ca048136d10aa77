using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class CheckpointTests
{
    [Test]
    public void A_program_goes_on_where_it_was()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("i=0; " + CriuRuntime.Counter[(CriuRuntime.Counter.IndexOf(';', StringComparison.Ordinal) + 1)..]);
        string id = criu.Start(bundle);
        CriuRuntime.CountsOn(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Runtime.Run("state", id).ExpectError("container does not exist");
        int written = CriuRuntime.Count(bundle);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("running"));
        Assert.That(CriuRuntime.CountsOn(bundle), Is.GreaterThanOrEqualTo(written));
    }

    [Test]
    public void A_restored_container_is_one_like_any_other()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        bundle.Config["annotations"] = new JsonObject { ["a"] = "b" };
        string id = criu.Start(bundle), pidFile = Path.Combine(criu.Runtime.Work, "pid");
        string[] mounts = Mounts(criu.Runtime.Pid(id));
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle, "--pid-file", pidFile).Expect(0);
        JsonObject state = criu.Runtime.State(id);
        Assert.That(((string?)state["status"], (string?)state["bundle"], (string?)state["annotations"]!["a"]), Is.EqualTo(("running", bundle.Path, "b")));
        int pid = (int)state["pid"]!;
        Assert.That(File.ReadAllText(pidFile), Is.EqualTo($"{pid}"));
        Assert.That(Mounts(pid), Is.EqualTo(mounts));
        // The cgroup of the bundle, in every hierarchy.
        foreach (string line in File.ReadAllLines($"/proc/{pid}/cgroup"))
            Assert.That(line, Does.EndWith((string)bundle.Linux["cgroupsPath"]!));
        Assert.That(criu.Runtime.Run("exec", id, "sh", "-c", "[ $(readlink /proc/self/ns/time) = $(readlink /proc/1/ns/time) ] && ip link show lo | grep -c UP").Expect(0).Output, Is.EqualTo("1\n"));
        criu.Runtime.Run("pause", id).Expect(0);
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("paused"));
        criu.Runtime.Run("resume", id).Expect(0);
        criu.Runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("stopped"));
        criu.Runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void It_can_be_written_and_restored_again_and_again()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        for (int i = 0; i < 3; i++)
        {
            criu.Checkpoint(id).Expect(0);
            criu.Restore(id, bundle).Expect(0);
            CriuRuntime.CountsOn(bundle);
        }
    }

    [Test]
    public void Left_running_it_runs()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        int pid = criu.Runtime.Pid(id);
        criu.Checkpoint(id, "--leave-running").Expect(0);
        Assert.That(criu.Runtime.Pid(id), Is.EqualTo(pid));
        CriuRuntime.CountsOn(bundle);
        criu.Runtime.Run("delete", "--force", id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void Memory_can_be_written_ahead()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle), ahead = Path.Combine(criu.Runtime.Work, "ahead");
        Result result = criu.Run("checkpoint", "--pre-dump", "--image-path", ahead, id);
        if (result.Errors.Contains("missing features: MemTrack", StringComparison.Ordinal))
            Assert.Ignore("this kernel does not track memory (CONFIG_MEM_SOFT_DIRTY)");
        result.Expect(0);
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("running"));
        CriuRuntime.CountsOn(bundle);
        criu.Checkpoint(id, "--parent-path", "../ahead").Expect(0);
        Assert.That(Directory.Exists(Path.Combine(criu.Images, "parent")));
        criu.Restore(id, bundle).Expect(0);
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void A_paused_container_can_be_written_and_stays_paused_if_it_is_left()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        criu.Runtime.Run("pause", id).Expect(0);
        criu.Checkpoint(id, "--leave-running").Expect(0);
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("paused"));
        criu.Checkpoint(id).Expect(0);
        criu.Runtime.Run("state", id).ExpectError("container does not exist");
        criu.Restore(id, bundle).Expect(0);
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void Pipes_are_replaced_by_those_of_restore()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done");
        string id = Runtime.NewId(), first = Path.Combine(criu.Runtime.Work, "first"), second = Path.Combine(criu.Runtime.Work, "second");
        criu.Runtime.Execute(["/bin/sh", "-c", $"{Program(criu)} run -d -b {bundle.Write().Path} {id} </dev/null 2>/dev/null | cat >{first} 2>/dev/null &"]);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(first) && File.ReadAllText(first).Length > 6, 10_000));
        criu.Checkpoint(id).Expect(0);
        criu.Runtime.Execute(["/bin/sh", "-c", $"{Program(criu)} restore -d -b {bundle.Path} --image-path {criu.Images} {id} </dev/null 2>/dev/null | cat >{second} 2>/dev/null &"]);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(second) && File.ReadAllText(second).Length > 6, 10_000));
        int last = int.Parse(File.ReadAllText(first).TrimEnd().Split('\n')[^1]), next = int.Parse(File.ReadAllText(second).Split('\n')[0]);
        Assert.That(next, Is.EqualTo(last + 1));
        criu.Runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    public void Attached_it_ends_as_the_program_does_and_is_deleted()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("trap 'exit 7' TERM; " + CriuRuntime.Counter);
        string id = criu.Start(bundle);
        CriuRuntime.CountsOn(bundle);
        criu.Checkpoint(id).Expect(0);
        Child restore = Child.Start([criu.Runtime.Program, "--root", criu.Runtime.Root, "restore", "--bundle", bundle.Path, "--image-path", criu.Images, id], environment: WorkingCriu.Environ);
        CriuRuntime.CountsOn(bundle);
        restore.Kill(15);
        Assert.That(restore.Wait(TimeSpan.FromSeconds(20)), Is.EqualTo(7));
        criu.Runtime.Run("state", id).ExpectError("container does not exist");
    }

    [Test]
    public void A_terminal_is_given_to_whoever_listens_at_restore()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("while read line; do echo \"got $line\"; done");
        bundle.Process["terminal"] = true;
        string id = Runtime.NewId();
        using ConsoleListener first = new(), second = new();
        criu.Run("run", "--detach", "--console-socket", first.Path, "--bundle", bundle.Write().Path, id).Expect(0);
        using (TestTerminal terminal = first.Accept())
        {
            terminal.Type("one\n");
            terminal.ReadUntil("got one");
            criu.Checkpoint(id).Expect(0);
        }
        criu.Restore(id, bundle).ExpectError("cannot allocate tty");
        criu.Restore(id, bundle, "--console-socket", second.Path).Expect(0);
        using (TestTerminal terminal = second.Accept())
        {
            terminal.Type("two\n");
            terminal.ReadUntil("got two");
        }
    }

    [Test]
    public void A_container_that_tells_when_it_is_ready_is_written_too()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = Runtime.NewId();
        criu.Runtime.Execute(["/bin/sh", "-c", $"{Program(criu)} create -b {bundle.Write().Path} {id} </dev/null >/dev/null 2>&1"], environment: ["NOTIFY_SOCKET=/nowhere"]).Expect(0);
        criu.Run("start", id).Expect(0);
        Assert.That(Mounts(criu.Runtime.Pid(id)), Has.Some.Contains("/run/notify"));
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(Mounts(criu.Runtime.Pid(id)), Has.Some.Contains("/run/notify"));
    }

    [Test]
    public void A_network_namespace_that_is_somebody_elses_stays_the_same()
    {
        using CriuRuntime criu = new();
        string path = $"/proc/{criu.Runtime.Sleeper()}/ns/net";
        Bundle bundle = criu.NewBundle().InNamespace("network", path);
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(File.ResolveLinkTarget($"/proc/{criu.Runtime.Pid(id)}/ns/net", false)!.Name, Is.EqualTo(File.ResolveLinkTarget(path, false)!.Name));
    }

    [Test]
    public void Namespaces_by_path_are_joined_again()
    {
        using CriuRuntime criu = new();
        int other = criu.Runtime.Sleeper();
        Bundle bundle = criu.NewBundle().InNamespace("ipc", $"/proc/{other}/ns/ipc").InNamespace("uts", $"/proc/{other}/ns/uts");
        bundle.Config.Remove("hostname");
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        foreach (string type in new[] { "ipc", "uts" })
            Assert.That(File.ResolveLinkTarget($"/proc/{criu.Runtime.Pid(id)}/ns/{type}", false)!.Name, Is.EqualTo(File.ResolveLinkTarget($"/proc/{other}/ns/{type}", false)!.Name));
    }

    [Test]
    public void Bind_mounts_are_bound_again_also_where_links_lead_and_places_are_missing()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string outer = Directory.CreateDirectory(Path.Combine(criu.Runtime.Work, "outer")).FullName, inner = Directory.CreateDirectory(Path.Combine(criu.Runtime.Work, "inner")).FullName;
        File.WriteAllText(Path.Combine(inner, "file"), "inner");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "/real/place");
        bundle.Mounting("/link", "bind", Path.Combine(inner, "file"), "bind").Mounting("/outer", "bind", outer, "rbind", "rw").Mounting("/outer/for/inner", "bind", inner, "bind", "ro");
        string id = criu.Start(bundle);
        string[] mounts = Mounts(criu.Runtime.Pid(id));
        criu.Checkpoint(id).Expect(0);
        Directory.Delete(Path.Combine(outer, "for"), recursive: true);
        Directory.Delete(Path.Combine(bundle.Rootfs, "outer"));
        criu.Restore(id, bundle).Expect(0);
        Assert.That(Mounts(criu.Runtime.Pid(id)), Is.EqualTo(mounts));
        Assert.That(criu.Runtime.Run("exec", id, "sh", "-c", "cat /link /outer/for/inner/file; touch /outer/for/inner/x 2>/dev/null || echo ' read-only'").Expect(0).Output, Is.EqualTo("innerinner read-only\n"));
    }

    [TestCase("private")]
    [TestCase("shared")]
    public void Nothing_of_it_appears_on_the_host(string propagation)
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        bundle.Mounting("/mnt", "bind", criu.Runtime.Work, "rbind").Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "ro");
        string id = Runtime.NewId();
        string script = $"set -e; cat /proc/self/mountinfo >{criu.Runtime.Work}/before; {Program(criu)} run -d -b {bundle.Write().Path} {id}; {Program(criu)} checkpoint --image-path {criu.Images} {id}; "
            + $"{Program(criu)} --log {criu.Runtime.Work}/restore restore -d -b {bundle.Path} --image-path {criu.Images} {id}; cat /proc/self/mountinfo >{criu.Runtime.Work}/after; {Program(criu)} delete -f {id}";
        criu.Runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", propagation, "/bin/sh", "-c", $"exec >/dev/null 2>&1; {script}"]).Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(criu.Runtime.Work, "after")), Is.EqualTo(File.ReadAllText(Path.Combine(criu.Runtime.Work, "before"))));
    }

    [Test]
    public void A_user_namespace_is_restored()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("i=0; while :; do i=$((i+1)); echo $i >/dev/shm/count; sleep 0.05; done").MapsUsers();
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(File.ReadAllText($"/proc/{criu.Runtime.Pid(id)}/uid_map"), Does.Contain("100000"));
    }

    [Test]
    public void A_cgroup_namespace_and_mount_show_the_containers_own_cgroup()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle().InNamespace("cgroup").Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "ro");
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        bundle.Linux["cgroupsPath"] = $"/{criu.Runtime.CgroupName}/another";
        criu.Restore(id, bundle.Write()).Expect(0);
        foreach (string line in File.ReadAllLines($"/proc/{criu.Runtime.Pid(id)}/cgroup"))
            Assert.That(line, Does.EndWith($"/{criu.Runtime.CgroupName}/another"));
        Assert.That(criu.Runtime.Run("exec", id, "cat", "/sys/fs/cgroup/pids/cgroup.procs", "/sys/fs/cgroup/cgroup.procs").Output, Does.StartWith("1\n"));
    }

    /// <summary>The cgroup namespace is criu's to make, with the cgroups that it is told to ignore.</summary>
    [Test]
    public void Ignored_cgroups_bring_no_cgroup_namespace_back()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        ((JsonArray)bundle.Linux["namespaces"]!).Add((JsonNode)new JsonObject { ["type"] = "cgroup" });
        string id = criu.Start(bundle.Write());
        criu.Checkpoint(id, "--manage-cgroups-mode", "ignore").Expect(0);
        criu.Restore(id, bundle, "--manage-cgroups-mode", "ignore").Expect(0);
        Assert.That(criu.Runtime.Run("exec", id, "true").ExitCode, Is.Zero);
    }

    [Test]
    public void Limits_are_those_of_the_bundle()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        bundle.Linux["resources"] = new JsonObject { ["pids"] = new JsonObject { ["limit"] = 50 } };
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        bundle.Linux["resources"]!["pids"]!["limit"] = 40;
        criu.Restore(id, bundle.Write(), "--manage-cgroups-mode", "ignore").Expect(0);
        foreach (string path in Support.Cgroups.Of(criu.Runtime.CgroupName))
            if (Path.Combine(path, "1", "pids.max") is var file && File.Exists(file))
                Assert.That(File.ReadAllText(file), Is.EqualTo("40\n"));
    }

    [Test]
    public void Hooks_of_create_run_at_restore_with_the_new_pid_and_poststop_when_it_is_gone()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string seen = Path.Combine(criu.Runtime.Work, "seen");
        JsonObject hooks = [];
        foreach (string kind in new[] { "prestart", "createRuntime", "poststop" })
            hooks[kind] = new JsonArray(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("sh", "-c", $"echo {kind} $(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/') >>{seen}"),
            });
        bundle.Config["hooks"] = hooks;
        string id = criu.Start(bundle);
        int first = criu.Runtime.Pid(id);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        int second = criu.Runtime.Pid(id);
        string[] lines = File.ReadAllLines(seen);
        Assert.That(lines[..2], Is.EqualTo(new[] { $"prestart {first}", $"createRuntime {first}" }));
        Assert.That(lines[2], Does.StartWith("poststop"));
        Assert.That(lines[3..], Is.EqualTo(new[] { $"prestart {second}", $"createRuntime {second}" }));
    }

    [Test]
    public void A_hook_that_fails_takes_the_restore_back()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = "/bin/false" }) };
        criu.Restore(id, bundle.Write()).ExpectError("error running createRuntime hook #0");
        RestoresCleanly(criu, id, bundle);
    }

    [Test]
    public void A_failing_checkpoint_leaves_a_container_that_runs_and_quotes_criu()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = Runtime.NewId(), work = Path.Combine(criu.Runtime.Work, "logs");
        // Its stdout is a file of the host, which nobody could find again.
        Child.Start([criu.Runtime.Program, "--root", criu.Runtime.Root, "run", "-d", "-b", bundle.Write().Path, id], Path.Combine(criu.Runtime.Work, "host-file")).Wait(TimeSpan.FromSeconds(20));
        Result result = criu.Checkpoint(id, "--work-path", work).ExpectError("criu failed: type DUMP");
        Assert.That(result.Errors, Does.Contain("host-file").And.Contain(work + "/dump.log"));
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("running"));
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void A_failing_restore_leaves_nothing_and_quotes_criu()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle), image = Path.Combine(criu.Images, "core-1.img");
        criu.Checkpoint(id).Expect(0);
        File.Move(image, image + ".away");
        Assert.That(criu.Restore(id, bundle).ExpectError("restore failed: criu failed: type RESTORE").Errors, Does.Contain(criu.Images + "/restore.log"));
        criu.Runtime.Run("state", id).ExpectError("container does not exist");
        Assert.That(Directory.GetFileSystemEntries(criu.Runtime.Root), Is.Empty);
        File.Move(image + ".away", image);
        RestoresCleanly(criu, id, bundle);
    }

    [Test]
    public void An_id_that_is_in_use_is_refused()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        criu.Checkpoint(id, "--leave-running").Expect(0);
        criu.Restore(id, bundle).ExpectError("container with given ID already exists");
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void What_is_no_checkpoint_is_refused()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        bundle.Write();
        criu.Restore("x", bundle).ExpectError(criu.Images);
        Directory.CreateDirectory(criu.Images);
        criu.Restore("x", bundle).ExpectError("this is not a container checkpoint");
        Assert.That(Directory.GetFileSystemEntries(criu.Runtime.Root), Is.Empty);
    }

    [Test]
    public void Only_what_runs_can_be_written()
    {
        using CriuRuntime criu = new();
        string id = Runtime.NewId();
        criu.Runtime.CreateContainer(id, criu.Runtime.NewBundle("true"));
        criu.Checkpoint(id).ExpectError("Container cannot be checkpointed in created state");
        criu.Checkpoint("nobody").ExpectError("container does not exist");
        Assert.That(Directory.Exists(criu.Images), Is.False);
    }

    [TestCase("--parent-path must be relative", "--parent-path", "/tmp")]
    [TestCase("invalid --parent-path", "--parent-path", "../nothing")]
    [TestCase("invalid manage-cgroups-mode value", "--manage-cgroups-mode", "some")]
    [TestCase("namespace \"pid\" is not supported", "--empty-ns", "pid")]
    [TestCase("Use --page-server ADDRESS:PORT", "--page-server", "host")]
    [TestCase("Use --page-server ADDRESS:PORT", "--page-server", ":1")]
    [TestCase("Invalid port number", "--page-server", "host:port")]
    [TestCase("invalid --status-fd argument 77", "--status-fd", "77")]
    [TestCase("parse error", "--status-fd", "x")]
    public void A_flag_that_cannot_be_meant_is_an_error_and_the_container_runs_on(string error, params string[] flags)
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        criu.Checkpoint(id, flags).ExpectError(error);
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void Images_are_for_their_owner_alone_and_by_default_in_the_working_directory()
    {
        using CriuRuntime criu = new();
        string id = criu.Start(criu.NewBundle()), directory = Directory.CreateDirectory(Path.Combine(criu.Runtime.Work, "here")).FullName;
        criu.Runtime.Execute(criu.Runtime.Command("checkpoint", id), directory, WorkingCriu.Environ).Expect(0);
        Assert.That(File.GetUnixFileMode(Path.Combine(directory, "checkpoint")), Is.EqualTo((UnixFileMode)0x1C0));
    }

    [Test]
    public void Without_criu_there_is_a_clear_error()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), images = Path.Combine(runtime.Work, "images");
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        List<string> nowhere = ["PATH=/nowhere:relative"];
        runtime.Execute(runtime.Command("checkpoint", "--image-path", images, id), environment: nowhere).ExpectError("exec: \"criu\": executable file not found in $PATH");
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(Directory.Exists(images), Is.False);
        string kept = Directory.CreateDirectory(Path.Combine(runtime.Work, "kept")).FullName;
        runtime.Execute(runtime.Command("checkpoint", "--image-path", kept, "--work-path", kept + "/logs/of", id), environment: nowhere).ExpectError("not found in $PATH");
        Assert.That(Directory.GetFileSystemEntries(kept), Is.Empty);
    }

    [TestCase("echo this is no criu >&2; exit 3", "criu ended with status 3: this is no criu")]
    [TestCase("printf 'hello world' >&3; sleep 1", "no message of its protocol")]
    [TestCase("kill -9 $$", "criu was killed by signal 9")]
    [TestCase("exit 0", "criu exited without an answer")]
    // VERSION, success, 3.11
    [TestCase("printf '\\010\\012\\020\\001\\122\\004\\010\\003\\020\\013' >&3; sleep 1", "criu 3.11 is too old")]
    public void A_criu_that_is_none_is_a_clear_error(string script, string error)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), criu = Path.Combine(runtime.Work, "criu");
        File.WriteAllText(criu, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(criu, (UnixFileMode)0x1ED);
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        List<string> environment = [$"PATH={runtime.Work}:/usr/bin:/bin"];
        runtime.Execute(runtime.Command("checkpoint", "--image-path", Path.Combine(runtime.Work, "images"), id), environment: environment).ExpectError(error);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    public void A_pre_dump_asks_for_memory_only()
    {
        using Runtime runtime = Runtime.Create();
        FakeCriu criu = new(runtime);
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Directory.CreateDirectory(Path.Combine(runtime.Work, "before"));
        runtime.Execute(runtime.Command("checkpoint", "--pre-dump", "--parent-path", "../before", "--image-path", Path.Combine(runtime.Work, "images"), id), environment: criu.Environ).Expect(0);
        string[] asked = criu.Asked;
        // SINGLE_PRE_DUMP; pid, parent_img, track_mem; no mount
        Assert.That(asked, Does.Contain("type 13").And.Contain($"2 {runtime.Pid(id)}").And.Contain("14 ../before").And.Contain("15 1").And.None.StartsWith("23 "));
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(File.Exists(Path.Combine(runtime.Work, "images", "descriptors.json")), Is.False);
    }

    [Test]
    public void Every_flag_reaches_criu_and_the_status_descriptor_tells_when_pages_can_be_asked_for()
    {
        using Runtime runtime = Runtime.Create();
        FakeCriu criu = new(runtime, "status-ready", "post-dump", "a notification of a later criu");
        string id = Runtime.NewId(), status = Path.Combine(runtime.Work, "status");
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Config["annotations"] = new JsonObject { ["org.criu.config"] = "/etc/criu/mine.conf" };
        runtime.StartContainer(id, bundle.Write());
        string command = string.Join(' ', runtime.Command("checkpoint", "--leave-running", "--tcp-established", "--tcp-skip-in-flight", "--link-remap", "--ext-unix-sk", "--shell-job",
            "--lazy-pages", "--status-fd", "5", "--page-server", "[::1]:27", "--file-locks", "--manage-cgroups-mode", "full", "--empty-ns", "network", "--auto-dedup", "--image-path",
            Path.Combine(runtime.Work, "images"), id));
        runtime.Execute(["/bin/sh", "-c", $"exec 5>{status}; {command}"], environment: criu.Environ).Expect(0);
        Assert.That(File.ReadAllBytes(status), Is.EqualTo(new byte[1]));
        string[] asked = criu.Asked;
        foreach (string option in new[] { "type 1", "3 1", "4 1", "5 1", "7 1", "8 1", "12 1", "16 1", "18 1", "34 4", "38 1073741824", "46 1", "48 1", "50 1", "51 /etc/criu/mine.conf" })
            Assert.That(asked, Does.Contain(option));
        Assert.That(asked, Does.Contain($"13 {bundle.Rootfs}"));
        // ps { address, port }
        Assert.That(asked, Does.Contain("11 0a033a3a31101b"));
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "images", "descriptors.json")), Does.StartWith("[\"").And.EndsWith("\"]"));
    }

    [TestCase(null, "/etc/criu/runc.conf")]
    [TestCase("", null)]
    public void Criu_gets_the_configuration_file_of_runc_unless_the_annotation_says_otherwise(string? annotation, string? file)
    {
        using Runtime runtime = Runtime.Create();
        FakeCriu criu = new(runtime);
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        if (annotation is not null)
            bundle.Config["annotations"] = new JsonObject { ["org.criu.config"] = annotation };
        runtime.StartContainer(id, bundle.Write());
        runtime.Execute(runtime.Command("checkpoint", "--leave-running", "--image-path", Path.Combine(runtime.Work, "images"), id), environment: criu.Environ).Expect(0);
        Assert.That(Array.FindAll(criu.Asked, line => line.StartsWith("51 ", StringComparison.Ordinal)), Is.EqualTo(file is null ? [] : new[] { "51 " + file }));
    }

    /// <summary>Podman and CRI-O learn from these what can be done.</summary>
    [Test]
    public void Engines_see_that_it_can_be_done()
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("checkpoint", "--help").Expect(0);
        Result result = runtime.Run("restore", "--lsm-mount-context").Expect(1);
        Assert.That(result.Output + result.Errors, Does.Contain("flag needs an argument"));
        Assert.That(runtime.Run("features").Output, Does.Contain("\"org.opencontainers.runc.checkpoint.enabled\": \"true\""));
    }

    private static void RestoresCleanly(CriuRuntime criu, string id, Bundle bundle)
    {
        bundle.Config.Remove("hooks");
        Assert.That(Directory.GetFileSystemEntries(criu.Runtime.Root), Is.Empty);
        criu.Restore(id, bundle.Write()).Expect(0);
        CriuRuntime.CountsOn(bundle);
    }

    private static string Program(CriuRuntime criu) => $"/usr/bin/env {string.Join(' ', WorkingCriu.Environ)} {criu.Runtime.Program} --root {criu.Runtime.Root}";

    /// <summary>Without the ids and device numbers that differ each time, sorted.</summary>
    private static string[] Mounts(int pid)
    {
        string[] lines = File.ReadAllLines($"/proc/{pid}/mountinfo");
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split(' '), kind = lines[i].Split(" - ");
            // The null of a mask is on a file system of the host's before, and on the container's own afterwards.
            lines[i] = string.Join(' ', fields[3], fields[4], fields[5], fields[3] == "/null" ? "" : kind[1]);
        }
        Array.Sort(lines, string.CompareOrdinal);
        return lines;
    }
}
