using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

internal sealed class DockerRestartTests
{
    /// <summary>The daemon's end and its return are nothing to a container: its shim keeps it, and the runtime was never there.</summary>
    [Test]
    public void With_live_restore_containers_outlive_the_daemon()
    {
        using Docker docker = new($$"""
            { "runtimes": { "sharprunc": { "path": "{{Runtime.Binary}}" } }, "default-runtime": "sharprunc", "exec-opts": ["native.cgroupdriver=cgroupfs"], "live-restore": true }
            """);
        docker.Run("--detach", "--name", "lives", "bb", "sh", "-c", "trap 'exit 6' TERM; echo before; while ! [ -e /after ]; do sleep "
            + "0.05; done; echo after; while :; do sleep 0.05; done").Expect(0);
        docker.WaitUntil(() => docker.Execute("logs", "lives").Output == "before\n", "the log");
        string pid = docker.Inspect("lives", ".State.Pid");
        docker.Restart();
        Assert.That(docker.Inspect("lives", ".State.Status"), Is.EqualTo("running"));
        Assert.That(docker.Inspect("lives", ".State.Pid"), Is.EqualTo(pid));
        docker.Execute("exec", "lives", "touch", "/after").Expect(0);
        docker.WaitUntil(() => docker.Execute("logs", "lives").Output == "before\nafter\n", "the log");
        docker.Execute("stop", "lives").Expect(0);
        Assert.That(docker.Inspect("lives", ".State.ExitCode"), Is.EqualTo("6"));
        docker.Execute("rm", "lives").Expect(0);
        docker.WaitUntil(() => docker.LeftCgroups.Count == 0, "cgroups removed");
    }
}
