using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>What kubelet does to a pod, by the same calls.</summary>
internal sealed class PodTests
{
    private const string Socket = "/run/containerd-test.sock";

    private Engine engine = null!;
    private Cri cri = null!;

    [OneTimeSetUp]
    public void StartContainerd()
    {
        engine = Engine.Start(["/usr/bin/ctr", "/usr/bin/containerd", "/usr/bin/containerd-shim-runc-v2", Cri.Python]);
        Cri.Require(engine);
        string config = Path.Combine(engine.Work, "config.toml");
        // No score below its own is what root without CAP_SYS_RESOURCE can give the sandbox.
        File.WriteAllText(config, $"""
            version = 2
            root = "{engine.Work}/root"
            state = "/run/containerd-test"
            [grpc]
              address = "{Socket}"
            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "docker.io/library/bb:latest"
              restrict_oom_score_adj = true
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
              runtime_type = "io.containerd.runc.v2"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
              BinaryName = "{engine.RuntimeProgram}"
              SystemdCgroup = false
            """);
        engine.Daemon("/usr/bin/containerd", "--config", config);
        cri = new Cri(engine, Socket);
        engine.WaitUntil(() => cri.Answers, "containerd");
        engine.Execute("/usr/bin/ctr", "--address", Socket, "--namespace", "k8s.io", "image", "import",
            engine.DockerArchive("sleep", "1000")).Expect(0);
    }

    [OneTimeTearDown]
    public void StopContainerd() => engine?.Dispose();

    [Test]
    public void Two_containers_share_the_sandboxs_namespaces_and_each_is_probed_and_stopped()
    {
        Pod pod = new(engine, cri, "");
        string one = pod.Create("one", "sh", "-c", "trap 'exit 5' TERM; hostname h2 2>/dev/null; while :; do sleep 0.05; done"),
            two = pod.Create("two", "sleep", "1234");
        pod.Do("StartContainer", one);
        pod.Do("StartContainer", two);

        const string shared = "for n in ipc net pid uts; do readlink /proc/self/ns/$n; done",
            sandbox = "for n in ipc net pid uts; do readlink /proc/1/ns/$n; done";
        string namespaces = pod.Exec(one, 10, "sh", "-c", shared).Expect(0).Output;
        Assert.That(namespaces.Split('\n'), Has.Length.EqualTo(5));
        Assert.That(pod.Exec(two, 10, "sh", "-c", shared).Expect(0).Output, Is.EqualTo(namespaces));
        Assert.That(engine.Execute("sh", "-c", sandbox.Replace("/1/", $"/{Pid(pod.Id)}/", StringComparison.Ordinal)).Expect(0).Output,
            Is.EqualTo(namespaces));
        Assert.That(pod.Exec(one, 10, "readlink", "/proc/self/ns/mnt").Output,
            Is.Not.EqualTo(pod.Exec(two, 10, "readlink", "/proc/self/ns/mnt").Output));
        Assert.That(pod.Exec(one, 10, "ps").Expect(0).Output, Does.Contain("sleep 1234"));

        Result probe = pod.Exec(two, 10, "sh", "-c", "echo out; echo err >&2; exit 7").Expect(7);
        Assert.That((probe.Output, probe.Errors), Is.EqualTo(("out\n", "err\n")));
        Assert.That(pod.ExecFails(two, 10, "nothing"), Does.Contain("executable file not found in $PATH"));
        Assert.That(pod.ExecFails(two, 1, "sleep", "4321"), Does.Contain("timeout 1s exceeded"));
        Assert.That(pod.Exec(two, 10, "ps").Expect(0).Output, Does.Not.Contain("sleep 4321"));

        pod.Do("StopContainer", one, timeout: 10);
        Assert.That((pod.State(one), pod.ExitCode(one)), Is.EqualTo((Pod.Exited, 5UL)));
        Assert.That(pod.State(two), Is.EqualTo(Pod.Running));
        pod.Do("StopContainer", two);
        Assert.That(pod.ExitCode(two), Is.EqualTo(137));
        Assert.That(pod.ExecFails(two, 10, "true"), Does.Contain("not in running state").IgnoreCase.Or.Contain("CONTAINER_EXITED"));
        Remove(pod, one, two);
    }

    [Test]
    public void One_that_needs_too_much_memory_is_known_for_it_and_the_other_lives_on()
    {
        Pod pod = new(engine, cri, "");
        string greedy = pod.CreateLimited("greedy", 16 << 20, "sh", "-c", "tail /dev/zero"),
            modest = pod.CreateLimited("modest", 16 << 20, "sleep", "1000");
        pod.Do("StartContainer", modest);
        pod.Do("StartContainer", greedy);
        engine.WaitUntil(() => pod.State(greedy) == Pod.Exited, "its end");
        Assert.That((pod.Reason(greedy), pod.ExitCode(greedy)), Is.EqualTo(("OOMKilled", 137UL)));
        pod.Exec(modest, 10, "true").Expect(0);
        Remove(pod, greedy, modest);
    }

    [Test]
    public void A_pod_is_stopped_and_removed_with_all_that_runs_in_it()
    {
        Pod pod = new(engine, cri, "");
        string one = pod.Create("one", "sleep", "1000"), two = pod.Create("two", "sleep", "1000");
        pod.Do("StartContainer", one);
        pod.Do("StopPodSandbox", pod.Id);
        Assert.That(pod.State(one), Is.EqualTo(Pod.Exited));
        pod.Do("RemovePodSandbox", pod.Id);
        NothingIsLeft();
        Assert.That(two, Is.Not.Empty);
    }

    private void Remove(Pod pod, params string[] containers)
    {
        foreach (string container in containers)
            pod.Do("RemoveContainer", container);
        pod.Do("StopPodSandbox", pod.Id);
        pod.Do("RemovePodSandbox", pod.Id);
        NothingIsLeft();
    }

    private void NothingIsLeft()
    {
        Assert.That(engine.Execute(engine.RuntimeProgram, "--root", "/run/containerd/runc/k8s.io", "list", "--quiet").Expect(0).Output,
            Is.Empty);
        foreach (string cgroup in Support.Cgroups.Of(engine.CgroupName))
            Assert.That(Directory.GetDirectories(cgroup), Is.Empty);
    }

    /// <summary>As the engine's own PID namespace numbers it.</summary>
    private string Pid(string id)
        => System.Text.Json.Nodes.JsonNode.Parse(engine.Execute(engine.RuntimeProgram, "--root", "/run/containerd/runc/k8s.io", "state", id)
            .Expect(0).Output)!["pid"]!.ToString();
}
