using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>What engines do to a container that runs: list its processes, pause it, change its limits, watch what it uses.</summary>
internal sealed class ControlTests
{
    /// <summary>A file of a container's own cgroup, which bears the container's id.</summary>
    private static string Limit(Engine engine, string id, string controller, string file)
    {
        foreach (string cgroup in Directory.GetDirectories($"/sys/fs/cgroup/{controller}/{engine.CgroupName}", $"*{id}*"))
            return File.ReadAllText(Path.Combine(cgroup, file)).TrimEnd();
        throw new DirectoryNotFoundException($"no {controller} cgroup of {id}");
    }

    private static void NeedsV1()
    {
        if (!Support.Cgroups.Has("memory"))
            Assert.Ignore("needs v1 controllers");
    }

    [Test]
    public void Docker_top_pause_update_and_stats()
    {
        NeedsV1();
        if (!File.Exists("/usr/bin/ps"))
            Assert.Ignore("docker top runs ps, which is not installed (procps)");
        using Docker docker = new(isDefault: true);
        string id = docker.Run("--detach", "--name", "one", "--memory", "64m", "--cpus", "0.5", "bb", "sh", "-c",
            "sleep 1000 & sleep 2000 & wait").Expect(0).Output.Trim();
        docker.WaitUntil(() => docker.Execute("top", "one").Expect(0).Output.Split('\n').Length == 5, "three processes");
        Assert.That(docker.Execute("top", "one", "-o", "pid,args").Expect(0).Output,
            Does.Contain("sleep 1000").And.Contain("sleep 2000").And.Not.Contain("dockerd"));

        docker.Execute("pause", "one").Expect(0);
        Assert.That(docker.Inspect("one", ".State.Status"), Is.EqualTo("paused"));
        docker.Execute("pause", "one").ExpectError("already paused");
        docker.Execute("unpause", "one").Expect(0);
        Assert.That(docker.Inspect("one", ".State.Status"), Is.EqualTo("running"));

        docker.Execute("update", "--memory", "48m", "--memory-swap", "96m", "--cpus", "0.25", "--cpuset-cpus", "0", "--pids-limit", "33",
            "--cpu-shares", "300", "one").Expect(0);
        foreach ((string controller, string file, string value) in new[]
        {
            ("memory", "memory.limit_in_bytes", "50331648"), ("memory", "memory.memsw.limit_in_bytes", "100663296"),
                ("cpu", "cpu.cfs_quota_us", "25000"),
            ("cpu", "cpu.shares", "300"), ("cpuset", "cpuset.cpus", "0"), ("pids", "pids.max", "33"),
        })
            Assert.That(Limit(docker.Engine, id, controller, file), Is.EqualTo(value), file);
        Assert.That(docker.Execute("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", "one").Expect(0).Output,
            Does.Match(@"^[\d.]+[KM]iB / 48MiB 3\n$"));

        docker.Execute("pause", "one").Expect(0);
        docker.Execute("rm", "--force", "one").Expect(0);
        docker.WaitUntil(() => docker.LeftCgroups.Count == 0, "cgroups removed");
    }

    [Test]
    public void Containerd_pause_ps_and_metrics()
    {
        using Engine engine = Engine.Start(["/usr/bin/ctr", "/usr/bin/containerd", "/usr/bin/containerd-shim-runc-v2"]);
        string socket = "/run/containerd-test.sock", config = Path.Combine(engine.Work, "config.toml"), id = Runtime.NewId(),
            image = "docker.io/library/bb:latest";
        File.WriteAllText(config, $"""
            version = 2
            root = "{engine.Work}/root"
            state = "/run/containerd-test"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{socket}"
            """);
        engine.Daemon("/usr/bin/containerd", "--config", config);
        Result Ctr(params string[] arguments) => engine.Execute(["/usr/bin/ctr", "--address", socket, .. arguments]);
        engine.WaitUntil(() => Ctr("version").ExitCode == 0, "containerd");
        Ctr("image", "import", engine.DockerArchive()).Expect(0);
        Ctr("run", "--runc-binary", engine.RuntimeProgram, "--runtime", "io.containerd.runc.v2", "--cgroup", $"/{engine.CgroupName}/{id}",
            "--detach", image, id,
            "sh", "-c", "sleep 1000 & wait").Expect(0);

        engine.WaitUntil(() => Ctr("task", "ps", id).Expect(0).Output.Split('\n').Length == 4, "two processes");
        Ctr("task", "pause", id).Expect(0);
        Assert.That(Ctr("task", "list").Output, Does.Contain("PAUSED"));
        Ctr("task", "resume", id).Expect(0);
        Assert.That(Ctr("task", "list").Output, Does.Contain("RUNNING"));
        JsonNode metrics = JsonNode.Parse(Ctr("task", "metrics", "--format", "json", id).Expect(0).Output)!;
        Assert.That((int)metrics["pids"]!["current"]!, Is.EqualTo(2));

        // Paused it dies all the same.
        Ctr("task", "pause", id).Expect(0);
        Ctr("task", "kill", "--signal", "SIGKILL", id).Expect(0);
        engine.WaitUntil(() => Ctr("task", "list").Output.Contains("STOPPED", StringComparison.Ordinal), "its end");
        Ctr("task", "delete", id);
        Ctr("container", "delete", id).Expect(0);
    }

    [Test]
    public void Podman_top_pause_update_and_stats()
    {
        NeedsV1();
        using Engine engine = Engine.Start(["/usr/bin/podman", "/usr/bin/conmon"]);
        // Podman's own default asks for a NOFILE limit above this machine's, which root without CAP_SYS_RESOURCE cannot set.
        File.WriteAllText(Path.Combine(engine.Work, "containers.conf"),
            "[containers]\ndefault_ulimits = []\n[engine]\nevents_logger = \"file\"\n");
        Result Podman(params string[] arguments) => engine.Execute(
        [
            "/usr/bin/env", "CONTAINERS_CONF=" + Path.Combine(engine.Work, "containers.conf"), "/usr/bin/podman", "--runtime",
                engine.RuntimeProgram, "--cgroup-manager", "cgroupfs",
            "--root", Path.Combine(engine.Work, "root"), "--runroot", "/run/podman-test", "--tmpdir", "/run/podman-test-tmp",
                "--storage-driver", "vfs", .. arguments,
        ]);
        Podman("import", engine.ImageArchive(), "bb").Expect(0);
        string id = Podman("run", "--detach", "--name", "one", "--network", "none", "--cgroup-parent", "/" + engine.CgroupName, "--memory",
            "64m", "bb", "sh", "-c", "sleep 1000 & wait").Expect(0).Output.Trim();

        engine.WaitUntil(() => Podman("top", "one", "pid", "args").Expect(0).Output.Contains("sleep 1000", StringComparison.Ordinal),
            "top");
        Podman("pause", "one").Expect(0);
        Assert.That(Podman("inspect", "--format", "{{.State.Status}}", "one").Expect(0).Output, Is.EqualTo("paused\n"));
        Podman("unpause", "one").Expect(0);
        Assert.That(Podman("inspect", "--format", "{{.State.Status}}", "one").Expect(0).Output, Is.EqualTo("running\n"));

        Podman("update", "--memory", "48m", "--memory-swap", "96m", "--cpu-shares", "300", "one").Expect(0);
        List<string> held = [];
        foreach ((string controller, string file) in new[] { ("memory", "memory.limit_in_bytes"), ("memory", "memory.memsw.limit_in_bytes"),
            ("cpu", "cpu.shares") })
            held.Add(Limit(engine, id, controller, file));
        Assert.That(held, Is.EqualTo(new[] { "50331648", "100663296", "300" }));
        Assert.That(Podman("stats", "--no-stream", "--format", "{{.PIDs}}", "one").Expect(0).Output, Is.EqualTo("2\n"));
        Podman("pause", "one").Expect(0);
        Podman("rm", "--force", "--time", "0", "one").Expect(0);
    }
}
