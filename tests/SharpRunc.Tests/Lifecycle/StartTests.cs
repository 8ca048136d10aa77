using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class StartTests
{
    [Test]
    [Must("create.container"), Must("create.args"), Must("lifecycle.not-yet"), Must("lifecycle.program")]
    [Must("start.program"), Must("scope.operations"), Must("operations.all")]
    public void Create_does_not_run_the_program_and_start_does()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "touch /ran");
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, bundle);
        Assert.That(runtime.Status(id), Is.EqualTo("created"));
        Assert.That(runtime.Pid(id), Is.EqualTo(pid));
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "ran")), Is.False);
        runtime.Run("start", id).Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "ran")), Is.True);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    [Must("lifecycle.updates")]
    public void Updates_of_config_json_after_create_change_nothing()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("touch", "/first");
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, bundle);
        bundle.Write("{}");
        runtime.Run("start", id).Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "first")), Is.True);
    }

    /// <summary>Its descriptors close as those of a process that executes; nobody has reaped it.</summary>
    [TestCase("run")]
    [TestCase("start")]
    public void A_process_that_is_killed_before_its_program_is_an_error_and_the_container_goes(string command)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000").WithoutNamespace("pid");
        string hook = Path.Combine(bundle.Rootfs, "bin/hook"), id = Runtime.NewId();
        File.WriteAllText(hook, "#!/bin/sh\nkill -9 $PPID\n");
        File.SetUnixFileMode(hook, (UnixFileMode)0x1ED);
        bundle.Config["hooks"] =
            System.Text.Json.Nodes.JsonNode.Parse("""{ "startContainer": [{ "path": "/bin/hook", "env": ["PATH=/bin"] }] }""");
        bundle.Write();
        if (command == "start")
            runtime.CreateContainer(id, bundle);
        Result result = command == "start" ? runtime.Run("start", id) : runtime.Run("run", "--bundle", bundle.Path, id);
        result.ExpectError("the container's process was killed before it could run its program");
        Assert.That(Directory.GetDirectories(runtime.Root), Is.Empty);
    }

    [Test]
    [Must("start.not-created")]
    public void A_running_container_is_not_started_again()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, runtime.NewBundle("sleep", "100"));
        runtime.Run("start", id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        runtime.Run("start", id).ExpectError("cannot start an already running container");
        Assert.That(runtime.Pid(id), Is.EqualTo(pid));
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    [Must("start.not-created")]
    public void A_stopped_container_is_not_started()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, runtime.NewBundle("true"));
        runtime.Run("start", id).Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("start", id).ExpectError("cannot start a container that has stopped");
    }

    [Test]
    public void A_zombie_has_stopped()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, runtime.NewBundle("true"));
        runtime.Run("start", id).Expect(0);
        // Nobody has reaped it: we are its parent, and do so only afterwards.
        while (!File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", System.StringComparison.Ordinal))
            System.Threading.Thread.Sleep(5);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
        Runtime.WaitForEnd(pid);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(255)]
    public void The_exit_status_of_run_is_the_programs(int status)
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("run", "--bundle", runtime.NewBundle("sh", "-c", $"exit {status}").Path, Runtime.NewId()).Expect(status);
    }

    [Test]
    public void The_exit_status_of_a_killed_program_is_128_and_the_signal()
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("run", "--bundle", runtime.NewBundle("sh", "-c", "sh -c 'kill -9 $$'; exit $?").Path, Runtime.NewId()).Expect(137);
    }

    [Test]
    public void What_the_program_says_is_all_that_run_says()
    {
        using Runtime runtime = Runtime.Create();
        Result result = runtime.Run("run", "--bundle", runtime.NewBundle("sh", "-c", "echo out; echo err >&2").Path, Runtime.NewId())
            .Expect(0);
        Assert.That(result.Output, Is.EqualTo("out\n"));
        Assert.That(result.Errors, Is.EqualTo("err\n"));
    }

    [Test]
    public void Run_detached_returns_while_the_program_runs()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.Run("run", "--detach", "--bundle", runtime.NewBundle("sleep", "100").Path, id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        int pid = runtime.Pid(id);
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void The_program_is_left_with_default_signals_and_only_the_standard_descriptors()
    {
        using Runtime runtime = Runtime.Create();
        Result result = runtime.Run("run", "--bundle", runtime.NewBundle("sh", "-c", "grep ^Sig[BIC] /proc/self/status; ls /proc/self/fd")
            .Path, Runtime.NewId()).Expect(0);
        // ls itself opens the fourth.
        Assert.That(result.Output,
            Is.EqualTo("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n0\n1\n2\n3\n"));
    }

    [Test]
    public void A_run_that_cannot_start_leaves_no_container()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config.Remove("process");
        Result result = runtime.Run("run", "--bundle", bundle.Write().Path, "processless");
        Assert.That(result.ExitCode, Is.EqualTo(1), result.Errors);
        Assert.That(result.Errors, Does.Contain("process property must not be empty"));
        Assert.That(runtime.Run("list", "-q").Output, Is.Empty);
    }
}
