using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class PauseTests
{
    [Test]
    [Must("state.status-additional")]
    public void A_paused_container_stands_still_until_it_is_resumed()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/count; done");
        string id = Runtime.NewId(), count = Path.Combine(bundle.Rootfs, "count");
        runtime.StartContainer(id, bundle);
        SpinWait.SpinUntil(() => File.Exists(count) && File.ReadAllText(count).Length > 1, 10_000);
        Result paused = runtime.Run("pause", id).Expect(0);
        Assert.That((paused.Output, paused.Errors), Is.EqualTo(("", "")));
        Assert.That(runtime.Status(id), Is.EqualTo("paused"));
        Assert.That(runtime.Run("list").Output, Does.Contain(" paused "));
        string before = File.ReadAllText(count);
        Thread.Sleep(100);
        Assert.That(File.ReadAllText(count), Is.EqualTo(before));
        runtime.Run("resume", id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(SpinWait.SpinUntil(() => File.ReadAllText(count) != before, 10_000));
    }

    [Test]
    public void A_container_that_forks_without_end_is_paused_too()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sh", "-c", "f() { while :; do true & true; wait; done; }; f & f & f"));
        for (int i = 0; i < 10; i++)
        {
            runtime.Run("pause", id).Expect(0);
            Assert.That(runtime.Status(id), Is.EqualTo("paused"));
            runtime.Run("resume", id).Expect(0);
            Assert.That(runtime.Status(id), Is.EqualTo("running"));
        }
    }

    [Test]
    public void A_created_container_can_be_paused_and_is_created_again_when_resumed()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.CreateContainer(id, runtime.NewBundle("true"));
        runtime.Run("pause", id).Expect(0);
        runtime.Run("start", id).ExpectError("cannot start a container in the paused state");
        runtime.Run("resume", id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("created"));
        runtime.Run("start", id).Expect(0);
    }

    [Test]
    public void Only_what_runs_is_paused_and_only_what_is_paused_is_resumed()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "100"));
        runtime.Run("resume", id).ExpectError("container not paused");
        runtime.Run("pause", id).Expect(0);
        runtime.Run("pause", id).ExpectError("container not running: it is paused already");
        Assert.That(runtime.Status(id), Is.EqualTo("paused"));
        runtime.Run("resume", id).Expect(0);
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("pause", id).ExpectError("container not running");
        runtime.Run("resume", id).ExpectError("container not paused");
        runtime.Run("pause", "nothing").ExpectError("container does not exist");
        runtime.Run("resume", "nothing").ExpectError("container does not exist");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_paused_container_can_be_killed(bool ownPidNamespace)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "100");
        if (!ownPidNamespace)
            bundle.WithoutNamespace("pid");
        int pid = runtime.StartContainer(id, bundle);
        runtime.Run("pause", id).Expect(0);
        runtime.Run("delete", id).ExpectError("that is not stopped: paused");
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void A_signal_reaches_a_paused_container_once_it_is_resumed()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sh", "-c", "trap 'exit 0' TERM; touch /ready; while :; do sleep 0.02; done");
        int pid = runtime.StartContainer(id, bundle);
        SpinWait.SpinUntil(() => File.Exists(Path.Combine(bundle.Rootfs, "ready")), 10_000);
        runtime.Run("pause", id).Expect(0);
        runtime.Run("kill", id, "TERM").Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("paused"));
        runtime.Run("resume", id).Expect(0);
        Runtime.WaitForEnd(pid);
    }

    [Test]
    public void A_paused_container_can_be_deleted_by_force()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "100"));
        runtime.Run("pause", id).Expect(0);
        runtime.Run("delete", "--force", id).Expect(0);
        runtime.Run("state", id).ExpectError("container does not exist");
    }

    /// <summary>Who may write its cgroup can do it in the moment when exec's process is in it.</summary>
    [Test]
    public void An_exec_into_one_that_is_paused_meanwhile_fails_and_does_not_wait([Values("setsid", "execve")] string where)
    {
        Strace.Require();
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), errors = Path.Combine(runtime.Work, "errors");
        runtime.StartContainer(id, runtime.NewBundle("sleep", "100"));
        Child exec =
            Child.Start(["/usr/bin/strace", "-f", "-o", "/dev/null", "-e", $"trace={where}", "-e", $"inject={where}:delay_enter=3000000",
            .. runtime.Command("exec", id, "true")], "/dev/null", errors);
        Eventually.Holds(() => runtime.Run("ps", "--format", "json", id).Output.Contains(','), "exec's process is in the cgroup");
        Thread.Sleep(1000); // and has come to the call that is held
        runtime.Run("pause", id).Expect(0);
        Eventually.Holds(() => File.ReadAllText(errors).Contains("was paused in the meantime"), "exec has ended");
        runtime.Run("resume", id).Expect(0); // a frozen process ends when it thaws
        Assert.That(exec.Wait(System.TimeSpan.FromSeconds(20)), Is.EqualTo(255));
        Eventually.Holds(() =>
        {
            Leftovers.Reap(); // its parent has gone
            return !runtime.Run("ps", "--format", "json", id).Output.Contains(',');
        }, "nothing of exec is left");
    }

    [Test]
    public void One_that_a_cgroup_above_holds_frozen_cannot_be_resumed_alone()
    {
        using Runtime runtime = Runtime.Create();
        string above = Path.Combine("/sys/fs/cgroup/freezer", runtime.CgroupName, "freezer.state");
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "100"));
        if (!File.Exists(above))
            Assert.Ignore("needs the v1 freezer");
        File.WriteAllText(above, "FROZEN");
        try
        {
            Assert.That(runtime.Status(id), Is.EqualTo("paused"));
            runtime.Run("resume", id).ExpectError("a cgroup above it is frozen");
        }
        finally
        {
            File.WriteAllText(above, "THAWED");
        }
        Assert.That(SpinWait.SpinUntil(() => runtime.Status(id) == "running", 5000));
    }
}
