using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>What README.md says under "With an engine", done as it says.</summary>
internal sealed class RegistrationTests
{
    [Test]
    public void Docker_takes_the_daemon_json()
    {
        using Docker docker = new(Readme.BlockForTest("json", "default-runtime"));
        Assert.That(docker.Execute("info", "--format", "{{.DefaultRuntime}} {{(index .Runtimes \"sharprunc\").Path}} {{.CgroupDriver}}")
            .Expect(0).Output,
            Is.EqualTo($"sharprunc {Runtime.Binary} cgroupfs\n"));
        RunsInDocker(docker);
        RunsInDocker(docker, "--runtime", "sharprunc");
    }

    [Test]
    public void Docker_takes_the_daemon_json_by_a_reload()
    {
        using Docker docker = new("{}");
        Assert.That(docker.Execute("info", "--format", "{{.DefaultRuntime}}").Expect(0).Output, Is.EqualTo("runc\n"));
        docker.Reload(Readme.BlockForTest("json", "default-runtime"));
        docker.WaitUntil(() => docker.Execute("info", "--format", "{{.DefaultRuntime}}").Output == "sharprunc\n", "the reload");
        RunsInDocker(docker);
        RunsInDocker(docker, "--runtime", "sharprunc");
    }

    [Test]
    public void Kubernetes_runs_a_pod_of_the_runtime_class()
    {
        using Engine engine = Engine.Start(["/usr/bin/ctr", "/usr/bin/containerd", "/usr/bin/containerd-shim-runc-v2", Cri.Python]);
        Cri.Require(engine);
        string socket = "/run/containerd-test.sock", config = Path.Combine(engine.Work, "config.toml");
        // No score below its own is what root without CAP_SYS_RESOURCE can give the sandbox.
        File.WriteAllText(config, $"""
            root = "{engine.Work}/root"
            state = "/run/containerd-test"
            {Readme.BlockForTest("toml", "containerd.runtimes.sharprunc")}
            [grpc]
              address = "{socket}"
            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "docker.io/library/bb:latest"
              restrict_oom_score_adj = true
            """);
        engine.Daemon("/usr/bin/containerd", "--config", config);
        Cri cri = new(engine, socket);
        engine.WaitUntil(() => cri.Answers, "containerd");
        Result Ctr(params string[] arguments)
            => engine.Execute(["/usr/bin/ctr", "--address", socket, "--namespace", "k8s.io", .. arguments]).Expect(0);
        Ctr("image", "import", engine.DockerArchive("sleep", "1000"));

        Pod pod = new(engine, cri, Handler());
        string container = pod.Create("one", "sh", "-c", "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done");
        Assert.That(pod.State(container), Is.EqualTo(Pod.Created));
        pod.Do("StartContainer", container);
        engine.WaitUntil(() => File.ReadAllText(Path.Combine(engine.Work, "one.log")).EndsWith(" stdout F up\n", StringComparison.Ordinal),
            "its log");
        Assert.That(pod.State(container), Is.EqualTo(Pod.Running));
        foreach (string id in new[] { pod.Id, container })
        {
            Assert.That(State(engine, "/run/containerd/runc/k8s.io", id), Is.EqualTo("running"));
            Assert.That(BinaryName(Ctr("containers", "info", id).Output), Is.EqualTo(Runtime.Binary));
        }
        if (Support.Cgroups.Has("memory"))
        {
            string memory = Directory.GetDirectories("/sys/fs/cgroup/memory/" + engine.CgroupName, container)[0];
            pod.Update(container, memory: 50331648, cpuQuota: 30000);
            Assert.That(File.ReadAllText(Path.Combine(memory, "memory.limit_in_bytes")), Is.EqualTo("50331648\n"));
            Assert.That(File.ReadAllText(Path.Combine(memory.Replace("/memory/", "/cpu/", StringComparison.Ordinal), "cpu.cfs_quota_us")),
                Is.EqualTo("30000\n"));
        }
        pod.Do("StopContainer", container, timeout: 10);
        Assert.That(pod.State(container), Is.EqualTo(Pod.Exited));
        Assert.That(pod.ExitCode(container), Is.EqualTo(5));
        pod.Do("RemoveContainer", container);
        pod.Do("StopPodSandbox", pod.Id);
        pod.Do("RemovePodSandbox", pod.Id);
        Assert.That(engine.Execute(Runtime.Binary, "--root", "/run/containerd/runc/k8s.io", "list", "--quiet").Expect(0).Output, Is.Empty);
    }

    [TestCase(0)]
    [TestCase(3)]
    public void Podman_takes_the_containers_conf(int exitCode)
    {
        using Engine engine = Engine.Start(["/usr/bin/podman", "/usr/bin/conmon"]);
        string config = Path.Combine(engine.Work, "containers.conf");
        // The limit that Podman asks for by default is above this machine's, which root without CAP_SYS_RESOURCE cannot set.
        File.WriteAllText(config, "[containers]\ndefault_ulimits = []\n" + Readme.BlockForTest("toml", "[engine.runtimes]"));
        Result Podman(params string[] arguments)
            => engine.Execute(["/usr/bin/env", "CONTAINERS_CONF=" + config, "/usr/bin/podman", "--root", Path.Combine(engine.Work, "root"),
            "--runroot", "/run/podman-test", "--tmpdir", "/run/podman-test-tmp", "--storage-driver", "vfs", "--events-backend", "file",
                .. arguments]);

        Podman("import", engine.ImageArchive(), "bb").Expect(0);
        Assert.That(Podman("info", "--format", "{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}} {{.Host.CgroupManager}}")
            .Expect(0).Output,
            Is.EqualTo($"sharprunc {Runtime.Binary} cgroupfs\n"));
        Result result = Podman("run", "--name", "one", "--network", "none", "--cgroup-parent", "/" + engine.CgroupName, "bb", "sh", "-c",
            $"echo hi; exit {exitCode}").Expect(exitCode);
        Assert.That(result.Output, Is.EqualTo("hi\n"));
        Assert.That(Podman("inspect", "--format", "{{.OCIRuntime}}", "one").Expect(0).Output, Is.EqualTo("sharprunc\n"));
        Podman("rm", "one").Expect(0);
    }

    private static void RunsInDocker(Docker docker, params string[] options)
    {
        Assert.That(docker.Execute(["run", "--rm", .. options, "bb", "echo", "hi"]).Expect(0).Output, Is.EqualTo("hi\n"));
        docker.Execute(["run", "--rm", .. options, "bb", "sh", "-c", "exit 3"]).Expect(3);
        string id = docker.Execute(["run", "--detach", .. options, "bb", "sleep", "1000"]).Expect(0).Output.Trim();
        Assert.That(docker.Inspect(id, ".HostConfig.Runtime"), Is.EqualTo("sharprunc"));
        // That is where Docker keeps the state of every runtime.
        Assert.That(State(docker.Engine, "/run/docker-test/runtime-runc/moby", id), Is.EqualTo("running"));
        docker.Execute("rm", "--force", id).Expect(0);
    }

    /// <summary>What the runtime itself knows about an engine's container, which is nothing if the engine used another.</summary>
    private static string State(Engine engine, string root, string id)
        => (string)JsonNode.Parse(engine.Execute(Runtime.Binary, "--root", root, "state", id).Expect(0).Output)!["status"]!;

    /// <summary>The program that containerd hands to its shim: a field of containerd.runc.v1.Options.</summary>
    private static string BinaryName(string containerInfo)
        => Message.Parse(Convert.FromBase64String((string)JsonNode.Parse(containerInfo)!["Runtime"]!["Options"]!["value"]!)).Text(6);

    /// <summary>How Kubernetes asks containerd for the runtime.</summary>
    private static string Handler()
    {
        foreach (string line in Readme.Block("yaml", "RuntimeClass").Split('\n'))
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["handler:", string handler, ..])
                return handler;
        throw new InvalidDataException("README.md: a RuntimeClass without handler");
    }
}
