using System;
using System.IO;
using System.Linq;
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
        string[] mounts = CriuRuntime.Mounts(criu.Runtime.Pid(id));
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle, "--pid-file", pidFile).Expect(0);
        JsonObject state = criu.Runtime.State(id);
        Assert.That(((string?)state["status"], (string?)state["bundle"], (string?)state["annotations"]!["a"]),
            Is.EqualTo(("running", bundle.Path, "b")));
        int pid = (int)state["pid"]!;
        Assert.That(File.ReadAllText(pidFile), Is.EqualTo($"{pid}"));
        Assert.That(CriuRuntime.Mounts(pid), Is.EqualTo(mounts));
        // The cgroup of the bundle, in every hierarchy.
        foreach (string line in File.ReadAllLines($"/proc/{pid}/cgroup"))
            Assert.That(line, Does.EndWith((string)bundle.Linux["cgroupsPath"]!));
        Assert.That(criu.Runtime.Run("exec", id, "sh", "-c", "[ $(readlink /proc/self/ns/time) = $(readlink /proc/1/ns/time) ] && ip link "
            + "show lo | grep -c UP").Expect(0).Output, Is.EqualTo("1\n"));
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

    /// <summary>criu restores it with the capabilities that it has itself.</summary>
    [Test]
    public void A_process_that_has_ended_and_is_not_reaped_can_be_restored()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("true & exec sleep 1000");
        string id = criu.Start(bundle);
        int Ended()
        {
            int pid = criu.Runtime.Pid(id);
            return File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Count(static child => File.ReadAllText($"/proc/{child}/stat").Contains(") Z ", StringComparison.Ordinal));
        }
        Eventually.Holds(() => Ended() == 1, "its child has ended");
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(Ended(), Is.EqualTo(1));
    }

    [Test]
    public void Pipes_are_replaced_by_those_of_restore()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done");
        string id = Runtime.NewId(), first = Path.Combine(criu.Runtime.Work, "first"), second = Path.Combine(criu.Runtime.Work, "second");
        criu.Runtime.Execute(
            ["/bin/sh", "-c", $"{criu.Command} run -d -b {bundle.Write().Path} {id} </dev/null 2>/dev/null | cat >{first} 2>/dev/null &"]);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(first) && File.ReadAllText(first).Length > 6, 10_000));
        criu.Checkpoint(id).Expect(0);
        criu.Runtime.Execute(
            ["/bin/sh", "-c",
                $"{criu.Command} restore -d -b {bundle.Path} --image-path {criu.Images} {id} </dev/null 2>/dev/null | "
                    + $"cat >{second} 2>/dev/null &"]);
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
        Child restore = Child.Start([criu.Runtime.Program, "--root", criu.Runtime.Root, "restore", "--bundle", bundle.Path, "--image-path",
            criu.Images, id], environment: WorkingCriu.Environ);
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
        criu.Runtime.Execute(["/bin/sh", "-c", $"{criu.Command} create -b {bundle.Write().Path} {id} </dev/null >/dev/null 2>&1"],
            environment: ["NOTIFY_SOCKET=/nowhere"]).Expect(0);
        criu.Run("start", id).Expect(0);
        Assert.That(CriuRuntime.Mounts(criu.Runtime.Pid(id)), Has.Some.Contains("/run/notify"));
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(CriuRuntime.Mounts(criu.Runtime.Pid(id)), Has.Some.Contains("/run/notify"));
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
}
