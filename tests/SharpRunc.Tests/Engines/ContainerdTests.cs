using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

internal sealed class ContainerdTests
{
    private const string Client = "/usr/bin/ctr", Server = "/usr/bin/containerd", Socket = "/run/containerd-test.sock",
        Image = "docker.io/library/bb:latest";

    private Engine engine = null!;

    [OneTimeSetUp]
    public void StartContainerd()
    {
        engine = Engine.Start([Client, Server, "/usr/bin/containerd-shim-runc-v2"]);
        // `ctr container create` cannot name a binary: there the shim takes the first `runc` of its PATH.
        File.CreateSymbolicLink(Path.Combine(engine.Work, "bin", "runc"), engine.RuntimeProgram);
        string config = Path.Combine(engine.Work, "config.toml");
        File.WriteAllText(config, $"""
            version = 2
            root = "{engine.Work}/root"
            state = "/run/containerd-test"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{Socket}"
            """);
        engine.Daemon(Server, "--config", config);
        engine.WaitUntil(() => Ctr("version").ExitCode == 0, "containerd");
        Ctr("image", "import", engine.DockerArchive()).Expect(0);
    }

    [OneTimeTearDown]
    public void StopContainerd() => engine?.Dispose();

    [TestCase(0)]
    [TestCase(3)]
    public void Run_ends_with_the_programs_exit_code(int exitCode)
    {
        Result result = Run("run", "--rm", Image, Runtime.NewId(), "sh", "-c", $"echo hi; exit {exitCode}").Expect(exitCode);
        Assert.That(result.Output, Is.EqualTo("hi\n"));
    }

    [Test]
    public void A_missing_program_is_told_in_the_runtimes_words()
        => Run("run", "--rm", Image, Runtime.NewId(), "nothing").ExpectError("executable file not found in $PATH");

    [Test]
    public void Killed_and_deleted()
    {
        string id = Runtime.NewId();
        Run("run", "--detach", Image, id, "sleep", "1000").Expect(0);
        Assert.That(Status(id), Is.EqualTo("RUNNING"));
        Ctr("task", "kill", "--signal", "SIGKILL", id).Expect(0);
        engine.WaitUntil(() => Status(id) == "STOPPED", "its end");
        Ctr("task", "delete", id).ExpectError("exit code 137", exitCode: 0);
        Ctr("container", "delete", id).Expect(0);
    }

    [Test]
    public void Removed_by_force_while_it_runs()
    {
        string id = Runtime.NewId();
        Run("run", "--detach", Image, id, "sleep", "1000").Expect(0);
        Ctr("task", "delete", "--force", id);
        Ctr("container", "delete", id).Expect(0);
    }

    [Test]
    public void A_task_is_written_to_a_directory_and_to_an_image_and_comes_back()
    {
        string link = Path.Combine(engine.Work, "bin", "criu"), id = Runtime.NewId(), images = Path.Combine(engine.Work, id);
        File.CreateSymbolicLink(link, WorkingCriu.Program);
        Run("run", "--detach", Image, id, "sleep", "1000").Expect(0);
        Ctr("task", "checkpoint", "--image-path", images, id).Expect(0);
        Assert.That(Directory.GetFiles(images, "core-*.img"), Is.Not.Empty);
        Assert.That(Status(id), Is.EqualTo("RUNNING"));
        Ctr("container", "checkpoint", "--task", "--image", id, "written").Expect(0);
        Ctr("task", "delete", "--force", id);
        Ctr("container", "delete", id).Expect(0);
        Ctr("container", "restore", "--live", id, "written").Expect(0);
        Assert.That(Status(id), Is.EqualTo("RUNNING"));
        Assert.That(Ctr("task", "exec", "--exec-id", "one", id, "cat", "/proc/1/cmdline").Expect(0).Output, Is.EqualTo("sleep\01000\0"));
        Ctr("task", "delete", "--force", id);
        Ctr("container", "delete", id).Expect(0);
        File.Delete(link);
    }

    [Test]
    public void Created_then_started()
    {
        string id = Runtime.NewId();
        // No options: ctr would take them for its own.
        Ctr("container", "create", Image, id, "echo", "started").Expect(0);
        Result result = Ctr("task", "start", id).Expect(0);
        Assert.That(result.Output, Is.EqualTo("started\n"));
        Ctr("container", "delete", id).Expect(0);
    }

    [Test]
    public void At_a_terminal()
    {
        using TestTerminal terminal = new(33, 101);
        string modes = terminal.ModesText;
        Child client = engine.StartAt(terminal, Client, "--address", Socket, "run", "--rm", "--tty", "--runc-binary", engine.RuntimeProgram,
            Image, Runtime.NewId(), "sh", "-c",
            "until [ \"$(stty size 2>/dev/null)\" = '33 101' ]; do sleep 0.05; done; tty; exit 4");
        terminal.ReadUntil("/dev/pts/0\n");
        Assert.That(client.Wait(TimeSpan.FromSeconds(30)), Is.EqualTo(4));
        Assert.That(terminal.ModesText, Is.EqualTo(modes));
    }

    [Test]
    public void Another_process_in_a_task()
    {
        string id = Runtime.NewId();
        Run("run", "--detach", Image, id, "sleep", "1000").Expect(0);
        Result result = Exec("one", "--cwd", "/tmp", "--user", "1000:1000", id, "sh", "-c", "pwd; id -u; echo err >&2; exit 3").Expect(3);
        Assert.That(result.Output, Is.EqualTo("/tmp\n1000\n"));
        Assert.That(result.Errors, Does.Contain("err\n"));
        Exec("two", id, "nothing").ExpectError("executable file not found in $PATH");
        Exec("three", "--detach", id, "sleep", "2000").Expect(0);
        Ctr("task", "kill", "--exec-id", "three", "--signal", "SIGKILL", id).Expect(0);
        Exec("four", id, "kill", "-0", "1").Expect(0);
        Ctr("task", "kill", "--signal", "SIGKILL", id).Expect(0);
        engine.WaitUntil(() => Status(id) == "STOPPED", "its end");
        Exec("five", id, "true").Expect(1);
        Ctr("task", "delete", id);
        Ctr("container", "delete", id).Expect(0);
    }

    [Test]
    public void Its_default_limits_and_seccomp_profile()
    {
        Result result = Run("run", "--rm", "--seccomp", "--memory-limit", "33554432", Image, Runtime.NewId(), "sh", "-c",
            "sed -n 's/^Seccomp:.//p' /proc/self/status; ulimit -n").Expect(0);
        Assert.That(result.Output, Is.EqualTo("2\n1024\n"));
    }

    private Result Run(string verb, params string[] arguments)
        => Ctr([verb, "--runc-binary", engine.RuntimeProgram, "--runtime", "io.containerd.runc.v2", "--cgroup",
            $"/{engine.CgroupName}/{Runtime.NewId()}", .. arguments]);

    private Result Exec(string execId, params string[] arguments) => Ctr(["task", "exec", "--exec-id", execId, .. arguments]);

    private Result Ctr(params string[] arguments) => engine.Execute([Client, "--address", Socket, .. arguments]);

    private string Status(string id)
    {
        foreach (string line in Ctr("task", "list").Expect(0).Output.Split('\n'))
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string name, _, string status] && name == id)
                return status;
        return "";
    }
}
