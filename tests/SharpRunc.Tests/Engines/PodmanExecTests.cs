using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>What Podman does in a container that runs, with several at once, and to make an image.</summary>
internal sealed class PodmanExecTests
{
    private Podman podman = null!;

    [OneTimeSetUp]
    public void PreparePodman()
    {
        podman = new Podman();
        podman.Run("--detach", "--name", "lives", "--env", "A=1", "bb", "sleep", "1000").Expect(0);
    }

    [OneTimeTearDown]
    public void Stop() => podman?.Dispose();

    /// <summary>
    /// Podman 4 makes a pod's cgroup in every folder of /sys/fs/cgroup, and cannot remove it from one that is no hierarchy.
    /// </summary>
    private static void RequirePods()
    {
        if (Support.Cgroups.PlainFolders() is [string folder, ..])
            Assert.Ignore($"Podman takes {folder} for a hierarchy, and cannot remove a pod from it");
    }

    [TestCase(0, "true")]
    [TestCase(3, "sh", "-c", "exit 3")]
    [TestCase(137, "sh", "-c", "kill -9 $$")]
    [TestCase(126, "/etc/passwd")]
    [TestCase(127, "nothing")]
    public void The_exit_code_of_an_exec_tells_how_it_ended(int exitCode, params string[] command)
        => podman.Execute(["exec", "lives", .. command]).Expect(exitCode);

    [Test]
    public void Environment_working_directory_user_and_streams()
    {
        Result result = podman.Execute("exec", "--env", "B=b", "--workdir", "/tmp", "--user", "1000:1000", "lives", "sh", "-c",
            "echo $A $B $PWD $(id -u):$(id -g); echo err >&2").Expect(0);
        Assert.That((result.Output, result.Errors), Is.EqualTo(("1 b /tmp 1000:1000\n", "err\n")));
    }

    [Test]
    public void Detached_it_goes_on_by_itself()
    {
        podman.Execute("exec", "--detach", "lives", "sh", "-c", "sleep 0.2; echo done > /detached").Expect(0);
        podman.Engine.WaitUntil(() => podman.Execute("exec", "lives", "cat", "/detached").Output == "done\n", "what it writes");
    }

    [Test]
    public void A_health_check_is_an_exec()
    {
        podman.Run("--detach", "--name", "health", "--health-cmd", "test -e /well", "--health-interval", "disable", "--health-retries", "1",
            "bb", "sleep", "1000").Expect(0);
        podman.Execute("healthcheck", "run", "health").Expect(1);
        podman.Execute("exec", "health", "touch", "/well").Expect(0);
        podman.Execute("healthcheck", "run", "health").Expect(0);
        podman.Execute("rm", "--force", "--time", "0", "health").Expect(0);
    }

    [Test]
    public void A_pods_containers_share_its_namespaces_and_end_with_it()
    {
        RequirePods();
        podman.Execute("pod", "create", "--name", "pod", "--network", "none", "--cgroup-parent", "/" + podman.Engine.CgroupName, "--share",
            "net,ipc,uts,pid").Expect(0);
        foreach (string name in new[] { "one", "two" })
            podman.Execute("run", "--detach", "--pod", "pod", "--name", name, "bb", "sleep", "1000").Expect(0);
        const string which = "for n in ipc net pid uts; do readlink /proc/self/ns/$n; done";
        string namespaces = podman.Execute("exec", "one", "sh", "-c", which).Expect(0).Output;
        Assert.That(podman.Execute("exec", "two", "sh", "-c", which).Expect(0).Output, Is.EqualTo(namespaces));
        Assert.That(podman.Execute("exec", "lives", "sh", "-c", which).Expect(0).Output, Is.Not.EqualTo(namespaces));
        podman.Execute("pod", "stop", "--time", "0", "pod").Expect(0);
        Assert.That(podman.Execute("pod", "inspect", "--format", "{{.State}}", "pod").Output, Is.EqualTo("Exited\n"));
        podman.Execute("pod", "start", "pod").Expect(0);
        podman.Execute("exec", "two", "true").Expect(0);
        podman.Execute("pod", "rm", "--force", "--time", "0", "pod").Expect(0);
    }

    [Test]
    public void Kube_play_makes_the_pod_of_a_file()
    {
        RequirePods();
        string file = Path.Combine(podman.Engine.Work, "pod.yaml");
        File.WriteAllText(file, """
            apiVersion: v1
            kind: Pod
            metadata: { name: played }
            spec:
              containers:
              - name: one
                image: localhost/bb:latest
                imagePullPolicy: Never
                command: [sh, -c, "echo up; sleep 1000"]
                resources: { limits: { memory: 32Mi } }
                volumeMounts: [{ name: shared, mountPath: /shared }]
              - name: two
                image: localhost/bb:latest
                imagePullPolicy: Never
                command: [sleep, "1000"]
                securityContext: { runAsUser: 1000 }
                volumeMounts: [{ name: shared, mountPath: /shared }]
              volumes: [{ name: shared, hostPath: { path: SHARED, type: Directory } }]
            """.Replace("SHARED", Directory.CreateDirectory(Path.Combine(podman.Engine.Work, "shared")).FullName, StringComparison.Ordinal));
        podman.Execute("kube", "play", "--network", "none", file).Expect(0);
        podman.Engine.WaitUntil(() => podman.Execute("logs", "played-one").Output == "up\n", "its log");
        podman.Execute("exec", "played-one", "sh", "-c", "echo seen > /shared/x").Expect(0);
        Assert.That(podman.Execute("exec", "played-two", "sh", "-c", "id -u; cat /shared/x").Expect(0).Output, Is.EqualTo("1000\nseen\n"));
        podman.Execute("kube", "down", file).Expect(0);
        Assert.That(podman.Execute("pod", "ps", "--quiet", "--filter", "name=played").Output, Is.Empty);
    }

    [Test]
    public void An_image_is_built_by_what_the_runtime_runs()
    {
        string context = Directory.CreateDirectory(Path.Combine(podman.Engine.Work, "context")).FullName;
        File.WriteAllText(Path.Combine(context, "Dockerfile"), "FROM localhost/bb\nRUN echo built >/built && id -u >>/built && test "
            + "\"$$\" -lt 10\nUSER 1000\nRUN test $(id -u) = 1000\nCMD [\"cat\", \"/built\"]\n");
        podman.Execute("build", "--network", "none", "--isolation", "oci", "--tag", "built", context).Expect(0);
        Assert.That(podman.Run("--rm", "built").Expect(0).Output, Is.EqualTo("built\n0\n"));
        File.WriteAllText(Path.Combine(context, "Dockerfile"), "FROM localhost/bb\nRUN exit 3\n");
        Assert.That(podman.Execute("build", "--network", "none", "--isolation", "oci", context).ExitCode, Is.Not.Zero);
    }

    /// <summary>--sdnotify=container, its default; conmon may stand between and keep the barrier to itself.</summary>
    [Test]
    public void A_service_that_says_it_is_ready_is_heard_by_systemd()
    {
        using Listener systemd = new(SocketType.Dgram);
        const string say = "import os, socket, time; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.sendto(b'READY=1', "
            + "os.environ['NOTIFY_SOCKET']); time.sleep(1000)";
        Child run = podman.Engine.Launch(["/usr/bin/env", "NOTIFY_SOCKET=" + systemd.Path,
            .. podman.Command("run", "--detach", "--name", "service", "--network", "none",
            "--cgroup-parent", "/" + podman.Engine.CgroupName, "--volume", "/usr:/usr:ro", "--volume", "/usr/lib:/lib:ro", "--volume",
            "/usr/lib64:/lib64:ro", "bb", "python3", "-c", say)]);
        HashSet<string> missing = ["READY=1", "MAINPID"];
        while (missing.Count > 0)
        {
            (string text, Fd[] fds) = systemd.Receive();
            foreach (string line in text.Split('\n'))
                missing.Remove(line.StartsWith("MAINPID=", StringComparison.Ordinal) ? "MAINPID" : line);
            foreach (Fd fd in fds)
                fd.Dispose();
        }
        podman.Engine.WaitUntil(() => podman.Execute("inspect", "--format", "{{.State.Status}}", "service").Output == "running\n",
            "the service");
        podman.Execute("rm", "--force", "--time", "0", "service").Expect(0);
        run.Wait();
    }
}
