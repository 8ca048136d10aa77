using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class KillTests
{
    [TestCase("KILL")]
    [TestCase("SIGKILL")]
    [TestCase("sigkill")]
    [TestCase("9")]
    [Must("scope.operations"), Must("operations.all"), Must("kill.signal")]
    public void A_signal_is_a_name_with_or_without_SIG_in_any_case_or_a_number(string signal)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = Running(runtime, id, "sleep", "100");
        runtime.Run("kill", id, signal).Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
    }

    // As process 1 it would ignore them.
    [TestCase("TERM")]
    [TestCase("INT")]
    [TestCase("HUP")]
    [TestCase("QUIT")]
    public void A_created_container_can_be_asked_to_end(string signal)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.CreateContainer(id, runtime.NewBundle("sleep", "100"));
        runtime.Run("kill", id, signal).Expect(0);
        Eventually.Holds(() => runtime.Status(id) == "stopped", $"it does not end by {signal}");
        Assert.That(runtime.Run("start", id).ExitCode, Is.Not.Zero);
        runtime.Run("delete", id).Expect(0);
    }

    [TestCase("TERM")]
    [TestCase("HUP")]
    public void The_program_finds_no_handler_of_ours(string signal)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = Running(runtime, id, "sleep", "100");
        runtime.Run("kill", id, signal).Expect(0);
        System.Threading.Thread.Sleep(100);
        Assert.That(runtime.Status(id), Is.EqualTo("running"), "process 1 ignores what it has no handler for");
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
    }

    [TestCase("HUPP")]
    [TestCase("SIG")]
    [TestCase("100")]
    [TestCase("-1")]
    public void A_signal_that_does_not_exist_is_refused(string signal)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Running(runtime, id, "sleep", "100");
        runtime.Run("kill", id, signal).Expect(1);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    [Must("kill.signal")]
    public void The_default_signal_is_TERM()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "trap 'touch /term; exit' TERM; touch /ready; while :; do sleep 0.05; done");
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, bundle);
        runtime.Run("start", id).Expect(0);
        while (!File.Exists(Path.Combine(bundle.Rootfs, "ready")))
            System.Threading.Thread.Sleep(5);
        runtime.Run("kill", id).Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "term")), Is.True);
    }

    [Test]
    public void A_created_container_can_be_killed()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, runtime.NewBundle("true"));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("start", id).Expect(1);
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    [Must("kill.not-alive")]
    public void A_stopped_container_cannot_be_killed()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = Running(runtime, id, "true");
        Runtime.WaitForEnd(pid);
        runtime.Run("kill", id, "KILL").ExpectError("container not running");
    }

    [Test]
    public void All_is_obsolete_and_makes_a_stopped_container_no_error()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Runtime.WaitForEnd(Running(runtime, id, "true"));
        foreach (string flag in new[] { "--all", "-a" })
        {
            Result result = runtime.Run("kill", flag, id, "KILL").Expect(0);
            Assert.That((result.Output, result.Errors), Is.EqualTo(("", "")));
        }
        runtime.Run("kill", "--all", "nothing", "KILL").ExpectError("container does not exist");
    }

    private static int Running(Runtime runtime, string id, params string[] args)
    {
        int pid = runtime.CreateContainer(id, runtime.NewBundle(args));
        runtime.Run("start", id).Expect(0);
        return pid;
    }
}
