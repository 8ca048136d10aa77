using System;
using System.Collections.Generic;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>docker exec, and what Docker does with it or by itself while a container lives.</summary>
internal sealed class DockerExecTests
{
    private Docker docker = null!;

    [OneTimeSetUp]
    public void StartDocker()
    {
        docker = new Docker(isDefault: true);
        docker.Run("--detach", "--name", "lives", "--env", "A=1", "--init", "bb", "sh", "-c", "echo started; while :; do sleep 0.1; done")
            .Expect(0);
    }

    [OneTimeTearDown]
    public void StopDocker() => docker?.Dispose();

    [TestCase(0, "true")]
    [TestCase(3, "sh", "-c", "exit 3")]
    [TestCase(137, "sh", "-c", "kill -9 $$")]
    [TestCase(126, "/etc/passwd")]
    [TestCase(126, "/etc")]
    public void Its_exit_code_tells_how_it_ended(int exitCode, params string[] command) => Exec(["lives", .. command]).Expect(exitCode);

    [TestCase("nothing", "executable file not found in $PATH")]
    [TestCase("/nothing", "no such file or directory")]
    public void A_missing_program_is_told_in_the_runtimes_words(string program, string words)
    {
        Result result = Exec("lives", program);
        Assert.That(result.ExitCode, Is.AnyOf(126, 127), "Docker 20.10 says 126, with runc too");
        Assert.That(result.Output + result.Errors, Does.Contain($"exec: \"{program}\": ").And.Contain(words));
    }

    [Test]
    public void Environment_working_directory_and_user()
        => Says("1 b /tmp 1000:1000\n", "-e", "B=b", "-w", "/tmp", "-u", "1000:1000", "lives", "sh", "-c",
            "echo $A $B $PWD $(id -u):$(id -g)");

    [Test]
    public void Input_output_and_errors_are_the_callers()
    {
        Result result = docker.Engine.Execute("sh", "-c", "echo in | docker exec -i lives sh -c 'cat; echo err >&2'").Expect(0);
        Assert.That(result.Output, Is.EqualTo("in\n"));
        Assert.That(result.Errors, Is.EqualTo("err\n"));
    }

    [Test]
    public void Its_privileges_are_the_containers_unless_it_is_privileged()
    {
        const string script = "sed -n 's/^CapEff:.//p; s/^Seccomp:.//p' /proc/self/status";
        string[] usual = Exec("lives", "sh", "-c", script).Expect(0).Output.Split('\n'),
            privileged = Exec("--privileged", "lives", "sh", "-c", script).Expect(0).Output.Split('\n');
        Assert.That(usual[..2], Is.EqualTo(new[] { "00000000a80425fb", "2" }));
        const long sysAdmin = 1L << 21;
        Assert.That(Convert.ToInt64(privileged[0], 16) & sysAdmin, Is.EqualTo(sysAdmin));
        Assert.That(privileged[1], Is.EqualTo("2"));
    }

    [Test]
    public void Detached_it_goes_on_by_itself()
    {
        Exec("--detach", "lives", "sh", "-c", "sleep 0.2; echo done > /detached").Expect(0);
        docker.WaitUntil(() => Exec("lives", "cat", "/detached").Output == "done\n", "what it writes");
        docker.WaitUntil(() => Exec("lives", "sh", "-c", "ps | grep -c '[s]leep 0.2'").Output == "0\n", "its end");
    }

    [Test]
    public void Under_init_orphans_of_an_exec_are_reaped()
    {
        Says("docker-init\n", "lives", "cat", "/proc/1/comm");
        Exec("lives", "sh", "-c", "sh -c 'sleep 0.1 & :'").Expect(0);
        docker.WaitUntil(() => Exec("lives", "sh", "-c", "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null").Output.Length == 0,
            "no zombies");
    }

    [Test]
    public void Twenty_in_parallel()
    {
        List<Thread> threads = [];
        Result[] results = new Result[20];
        for (int i = 0; i < results.Length; i++)
        {
            int mine = i;
            threads.Add(new Thread(() => results[mine] = Exec("lives", "sh", "-c", $"echo {mine}; exit {mine}")));
            threads[^1].Start();
        }
        foreach (Thread thread in threads)
            thread.Join();
        for (int i = 0; i < results.Length; i++)
            Assert.That(results[i].Expect(i).Output, Is.EqualTo($"{i}\n"));
    }

    [Test]
    public void It_ends_with_its_container()
    {
        docker.Run("--detach", "--name", "ends", "bb", "sleep", "1000").Expect(0);
        Result? result = null;
        Thread thread = new(() => result = Exec("ends", "sh", "-c", "touch /up; exec sleep 1000"));
        thread.Start();
        docker.WaitUntil(() => Exec("ends", "ls", "/up").ExitCode == 0, "the exec");
        docker.Execute("kill", "ends").Expect(0);
        thread.Join();
        result!.Expect(137);
        Exec("ends", "true").ExpectError("is not running");
        docker.Execute("rm", "ends").Expect(0);
    }

    [Test]
    public void A_health_check_follows_the_containers_health()
    {
        docker.Run("--detach", "--name", "health", "--health-cmd", "echo looked; test -e /well", "--health-interval", "100ms",
            "--health-retries", "2", "bb", "sleep", "1000").Expect(0);
        docker.WaitUntil(() => docker.Inspect("health", ".State.Health.Status") == "unhealthy", "that it is unhealthy");
        Exec("health", "touch", "/well").Expect(0);
        docker.WaitUntil(() => docker.Inspect("health", ".State.Health.Status") == "healthy", "that it is healthy");
        Assert.That(docker.Inspect("health", "(index .State.Health.Log 0).Output"), Is.EqualTo("looked"));
        docker.Execute("rm", "--force", "health").Expect(0);
    }

    [Test]
    public void A_restart_policy_starts_it_again()
    {
        docker.Run("--detach", "--name", "fails", "--restart", "on-failure:2", "bb", "sh", "-c", "echo ran; exit 3").Expect(0);
        docker.WaitUntil(() => docker.Inspect("fails", ".State.Status") == "exited" && docker.Inspect("fails", ".RestartCount") == "2",
            "two more tries");
        Assert.That(docker.Inspect("fails", ".State.ExitCode"), Is.EqualTo("3"));
        Assert.That(docker.Execute("logs", "fails").Output, Is.EqualTo("ran\nran\nran\n"));
        docker.Execute("rm", "fails").Expect(0);

        docker.Run("--detach", "--name", "returns", "--restart", "always", "bb", "sh", "-c",
            "trap 'exit 1' TERM; while :; do sleep 0.05; done").Expect(0);
        string first = docker.Inspect("returns", ".State.Pid");
        Exec("returns", "kill", "1").Expect(0);
        docker.WaitUntil(() => docker.Inspect("returns", ".State.Pid") is not "0" and string now && now != first, "its return");
        docker.WaitUntil(() => Exec("returns", "true").ExitCode == 0, "its program");
        docker.Execute("rm", "--force", "returns").Expect(0);
    }

    private Result Exec(params string[] arguments) => docker.Execute(["exec", .. arguments]);

    private void Says(string output, params string[] arguments) => Assert.That(Exec(arguments).Expect(0).Output, Is.EqualTo(output));
}
