using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

[TestFixture(true, TestName = "Docker, default runtime")]
[TestFixture(false, TestName = "Docker, extra runtime")]
internal sealed class DockerTests(bool isDefault)
{
    private Docker docker = null!;

    [OneTimeSetUp]
    public void StartDocker() => docker = new Docker(isDefault);

    [OneTimeTearDown]
    public void StopDocker() => docker?.Dispose();

    [TearDown]
    public void Nothing_is_left_of_a_container()
    {
        foreach (string id in docker.Execute("ps", "--all", "--quiet").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            docker.Execute("rm", "--force", id);
        docker.WaitUntil(() => docker.LeftCgroups.Count == 0, "cgroups removed");
    }

    [TestCase(0, "true")]
    [TestCase(3, "sh", "-c", "exit 3")]
    [TestCase(126, "/etc/passwd")]
    [TestCase(127, "nothing")]
    [TestCase(127, "/nothing")]
    public void Its_exit_code_tells_how_it_ended(int exitCode, params string[] command)
        => docker.Run(["--rm", "bb", .. command]).Expect(exitCode);

    [Test]
    public void A_container_that_cannot_be_made_is_125()
    {
        Result result = docker.Run("--rm", "--sysctl", "kernel.shmmax=x", "bb", "true").Expect(125);
        Assert.That(result.Errors, Does.Contain("kernel.shmmax").Or.Contain("kernel/shmmax"));
    }

    [Test]
    public void Environment_working_directory_and_user()
        => Says("b /tmp 1000:1000\n", "-e", "A=b", "-w", "/tmp", "-u", "1000:1000", "bb", "sh", "-c", "echo $A $PWD $(id -u):$(id -g)");

    [Test]
    public void A_read_only_root_with_a_tmpfs()
        => Says("read-only\nwritable\n", "--read-only", "--tmpfs", "/t", "bb", "sh", "-c",
            "touch /x 2>/dev/null || echo read-only; touch /t/x && echo writable");

    [Test]
    public void A_volume_may_be_read_only()
    {
        string directory = Directory.CreateDirectory(Path.Combine(docker.Work, "volume")).FullName;
        File.WriteAllText(Path.Combine(directory, "file"), "here\n");
        Says("here\nread-only\n", "-v", directory + ":/v:ro", "bb", "sh", "-c", "cat /v/file; touch /v/x 2>/dev/null || echo read-only");
        Says("", "-v", directory + ":/v", "bb", "touch", "/v/x");
        Assert.That(File.Exists(Path.Combine(directory, "x")), Is.True);
    }

    [Test]
    public void Capabilities_are_dropped_and_added()
        => Says("CapEff:\t0000000000000001\n", "--cap-drop", "ALL", "--cap-add", "CHOWN", "bb", "grep", "CapEff", "/proc/self/status");

    [Test]
    public void Too_much_memory_is_reported_as_such()
    {
        docker.Run("--name", "oom", "--memory", "16m", "bb", "sh", "-c", "tail /dev/zero").Expect(137);
        Assert.That(docker.Inspect("oom", ".State.OOMKilled"), Is.EqualTo("true"));
    }

    [Test]
    public void Limits_reach_the_cgroup()
        => Says("10\n50000\n33554432\n", "--pids-limit", "10", "--cpus", "0.5", "--memory", "32m", "bb", "sh", "-c",
            "cd /sys/fs/cgroup; cat pids/pids.max cpu/cpu.cfs_quota_us memory/memory.limit_in_bytes");

    [Test]
    public void A_device_is_there_and_allowed_and_others_are_not()
        => Says("full\ndenied\n", "--device", "/dev/full:/dev/mine", "--cap-add", "MKNOD", "bb", "sh", "-c",
            "[ -c /dev/mine ] && ! echo 2>/dev/null >/dev/mine && echo full; mknod /dev/other c 10 229; echo 2>/dev/null >/dev/other || "
            + "echo denied");

    [Test]
    public void Sysctl_and_hostname()
        => Says("1\nh1\n", "--sysctl", "net.ipv4.ip_forward=1", "--hostname", "h1", "bb", "sh", "-c",
        "cat /proc/sys/net/ipv4/ip_forward; hostname");

    [Test]
    public void Init_is_the_first_process() => Says("docker-init\n", "--init", "bb", "cat", "/proc/1/comm");

    [Test]
    public void No_new_privileges()
        => Says("NoNewPrivs:\t1\n", "--security-opt", "no-new-privileges", "bb", "grep", "NoNewPrivs", "/proc/self/status");

    [Test]
    public void A_seccomp_profile_of_ones_own()
    {
        string profile = Path.Combine(docker.Work, "profile.json");
        File.WriteAllText(profile, """
            { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95 }] }
            """);
        Says("mkdir: can't create directory '/x': Operation not supported\n2\n", "--security-opt", "seccomp=" + profile, "bb", "sh", "-c",
            "mkdir /x 2>&1; sed -n 's/^Seccomp:.//p' /proc/self/status");
    }

    [Test]
    public void The_default_seccomp_profile_filters() => Says("2\n", "bb", "sed", "-n", "s/^Seccomp:.//p", "/proc/self/status");

    [Test]
    public void Namespaces_of_another_container_and_of_the_host()
    {
        docker.Run("--detach", "--name", "first", "bb", "sleep", "1000").Expect(0);
        const string which = "readlink /proc/self/ns/net; readlink /proc/self/ns/pid";
        string pid = docker.Inspect("first", ".State.Pid");
        string[] first = docker.Readlinks($"/proc/{pid}/ns/net", $"/proc/{pid}/ns/pid");
        string[] second = docker.Run("--rm", "--net=container:first", "--pid=container:first", "--ipc=host", "bb", "sh", "-c",
            which + "; readlink /proc/self/ns/ipc").Expect(0).Output.Split('\n');
        Assert.That(second[0], Is.EqualTo(first[0]));
        Assert.That(second[1], Is.EqualTo(first[1]));
        Assert.That(second[2], Is.EqualTo(File.ResolveLinkTarget("/proc/self/ns/ipc", false)!.Name));
    }

    [Test]
    public void A_privileged_container_runs()
        => Says("writable\n", "--privileged", "bb", "sh", "-c", "mount -t tmpfs t /mnt && touch /mnt/x && echo writable");

    [Test]
    public void Detached_with_logs_then_stopped()
    {
        docker.Run("--detach", "--name", "detached", "bb", "sh", "-c",
            "trap 'echo bye; exit 4' TERM; echo hello; while :; do sleep 0.05; done").Expect(0);
        docker.WaitUntil(() => docker.Execute("logs", "detached").Output == "hello\n", "the log");
        docker.Execute("stop", "detached").Expect(0);
        Assert.That(docker.Inspect("detached", ".State.ExitCode"), Is.EqualTo("4"));
        Assert.That(docker.Execute("logs", "detached").Output, Is.EqualTo("hello\nbye\n"));
        docker.Execute("start", "detached").Expect(0);
        docker.Execute("kill", "detached").Expect(0);
        docker.WaitUntil(() => docker.Inspect("detached", ".State.Status") == "exited", "its end");
        Assert.That(docker.Inspect("detached", ".State.ExitCode"), Is.EqualTo("137"));
        docker.Execute("rm", "detached").Expect(0);
    }

    [Test]
    public void Removed_by_force_while_it_runs()
    {
        docker.Run("--detach", "--name", "forced", "bb", "sleep", "1000").Expect(0);
        docker.Execute("rm", "--force", "forced").Expect(0);
        Assert.That(docker.Execute("ps", "--all", "--quiet").Output, Is.Empty);
    }

    [Test]
    public void Paused_or_not_it_can_be_removed()
    {
        docker.Run("--detach", "--name", "paused", "bb", "sleep", "1000").Expect(0);
        docker.Execute("kill", "--signal", "STOP", "paused").Expect(0);
        docker.Execute("rm", "--force", "paused").Expect(0);
    }

    [Test]
    public void Twenty_in_parallel()
    {
        List<Thread> threads = [];
        Result[] results = new Result[20];
        for (int i = 0; i < results.Length; i++)
        {
            int mine = i;
            threads.Add(new Thread(() => results[mine] = docker.Run("--rm", "bb", "sh", "-c", $"echo {mine}; exit {mine}")));
            threads[^1].Start();
        }
        foreach (Thread thread in threads)
            thread.Join();
        for (int i = 0; i < results.Length; i++)
            Assert.That(results[i].Expect(i).Output, Is.EqualTo($"{i}\n"));
    }

    [Test]
    public void BuildKit_builds_an_image()
    {
        string context = Directory.CreateDirectory(Path.Combine(docker.Work, "context")).FullName;
        File.WriteAllText(Path.Combine(context, "Dockerfile"),
            $"FROM bb\nRUN echo built-{isDefault} >/built && id -u >>/built\nCMD [\"cat\", \"/built\"]\n");
        docker.Execute("build", "--network", "none", "--tag", "built", context).Expect(0);
        Says($"built-{isDefault}\n0\n", "built");
    }

    private void Says(string output, params string[] arguments)
        => Assert.That(docker.Run(["--rm", .. arguments]).Expect(0).Output, Is.EqualTo(output));
}
