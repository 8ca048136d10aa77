using System.Globalization;
using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>Engines find criu in their own PATH, and give it to the runtime.</summary>
internal sealed class CheckpointTests
{
    private const string Counter = "i=0; while :; do i=$((i+1)); echo $i >/v/new; mv /v/new /v/count; sleep 0.05; done",
        Podman = "/usr/bin/podman";

    [Test]
    public void Docker_writes_a_container_and_starts_it_where_it_was()
    {
        string criu = WorkingCriu.Program;
        using Docker docker = new(isDefault: true);
        File.CreateSymbolicLink(Path.Combine(docker.Work, "bin", "criu"), criu);
        string volume = Directory.CreateDirectory(Path.Combine(docker.Work, "volume")).FullName;
        // One container a checkpoint: containerd refuses content that an earlier one of the same container left and that is not yet
        // collected.
        docker.Run("--detach", "--name", "one", "--volume", volume + ":/v", "bb", "sh", "-c", Counter).Expect(0);
        CountsOn(volume);
        docker.Execute("checkpoint", "create", "--leave-running", "one", "first").Expect(0);
        CountsOn(volume);
        docker.Execute("rm", "--force", "one").Expect(0);
        docker.Run("--detach", "--name", "two", "--volume", volume + ":/v", "bb", "sh", "-c", Counter).Expect(0);
        CountsOn(volume);
        docker.Execute("checkpoint", "create", "two", "second").Expect(0);
        docker.WaitUntil(() => docker.Inspect("two", ".State.Running") == "false", "its end");
        int written = Count(volume);
        // dockerd gives containerd the checkpoint back, who refuses it for as long as what it wrote itself is not collected.
        Result start = docker.Execute("start", "--checkpoint", "second", "two");
        for (int i = 0; i < 30 && start.Errors.Contains("already exists", System.StringComparison.Ordinal); i++)
        {
            Thread.Sleep(500);
            start = docker.Execute("start", "--checkpoint", "second", "two");
        }
        start.Expect(0);
        Assert.That(CountsOn(volume), Is.GreaterThanOrEqualTo(written));
        docker.Execute("rm", "--force", "two").Expect(0);
    }

    [Test]
    public void Podman_writes_a_container_restores_it_and_takes_it_elsewhere()
    {
        string criu = WorkingCriu.Program;
        using Engine engine = Engine.Start([Podman, "/usr/bin/conmon"]);
        File.CreateSymbolicLink(Path.Combine(engine.Work, "bin", "criu"), criu);
        File.WriteAllText(Path.Combine(engine.Work, "containers.conf"),
            "[containers]\ndefault_ulimits = []\n[engine]\nevents_logger = \"file\"\n");
        Result Run(params string[] arguments) => engine.Execute(
        [
            "/usr/bin/env", "CONTAINERS_CONF=" + Path.Combine(engine.Work, "containers.conf"), Podman, "--runtime", engine.RuntimeProgram,
                "--cgroup-manager", "cgroupfs",
            "--root", Path.Combine(engine.Work, "root"), "--runroot", "/run/podman-test", "--tmpdir", "/run/podman-test-tmp",
                "--storage-driver", "vfs", .. arguments,
        ]);
        string volume = Directory.CreateDirectory(Path.Combine(engine.Work, "volume")).FullName,
            archive = Path.Combine(engine.Work, "one.tar");
        Run("import", engine.ImageArchive(), "bb").Expect(0);
        Run("run", "--detach", "--network", "none", "--cgroup-parent", "/" + engine.CgroupName, "--name", "one", "--volume", volume + ":/v",
            "bb", "sh", "-c", Counter).Expect(0);
        CountsOn(volume);
        Run("container", "checkpoint", "--leave-running", "one").Expect(0);
        CountsOn(volume);
        Run("container", "checkpoint", "one").Expect(0);
        int written = Count(volume);
        Run("container", "restore", "one").Expect(0);
        Assert.That(CountsOn(volume), Is.GreaterThanOrEqualTo(written));
        Run("container", "checkpoint", "--export", archive, "--compress", "none", "one").Expect(0);
        written = Count(volume);
        Run("rm", "--force", "--time", "0", "one").Expect(0);
        Run("container", "restore", "--import", archive, "--name", "two").Expect(0);
        Assert.That(CountsOn(volume), Is.GreaterThanOrEqualTo(written));
        Run("rm", "--force", "--time", "0", "two").Expect(0);
    }

    private static int Count(string volume)
        => File.Exists(Path.Combine(volume, "count"))
        ? int.Parse(File.ReadAllText(Path.Combine(volume, "count")), CultureInfo.InvariantCulture) : 0;

    /// <returns>Where it was before.</returns>
    private static int CountsOn(string volume)
    {
        int before = Count(volume);
        Assert.That(SpinWait.SpinUntil(() => Count(volume) > before + 1, 15_000), "the program does not count");
        return before;
    }
}
