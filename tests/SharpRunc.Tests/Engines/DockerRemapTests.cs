using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>dockerd --userns-remap: every container's root is an ordinary id of the host.</summary>
internal sealed class DockerRemapTests
{
    private Docker docker = null!;

    [OneTimeSetUp]
    public void StartDocker()
    {
        docker = new($$"""
            {
              "runtimes": { "sharprunc": { "path": "{{Runtime.Binary}}" } }, "default-runtime": "sharprunc",
              "exec-opts": ["native.cgroupdriver=cgroupfs"], "userns-remap": "{{OrdinaryUser.Name}}"
            }
            """, OrdinaryUser.Introduce + "chmod o+x \"$1\"");
    }

    [OneTimeTearDown]
    public void Stop() => docker?.Dispose();

    [Test]
    public void The_containers_root_is_the_remapped_one()
    {
        Result result = docker.Run("--rm", "bb", "sh", "-c",
            "id -u; cat /proc/self/uid_map; echo x >/x && stat -c %u /x; cat /proc/net/dev | grep -c eth0; exit 3").Expect(3);
        Assert.That(Regex.Replace(result.Output, " +", " "), Is.EqualTo("0\n 0 200000 65536\n0\n1\n"));
    }

    [Test]
    public void Exec_as_root_and_as_another_user()
    {
        string id = docker.Run("--detach", "bb", "sleep", "1000").Expect(0).Output.Trim();
        Assert.That(docker.Execute("exec", id, "sh", "-c", "id -u; cat /proc/self/uid_map | wc -l; exit 4").Expect(4).Output,
            Is.EqualTo("0\n1\n"));
        Assert.That(docker.Execute("exec", "--user", "1000", id, "id", "-u").Expect(0).Output, Is.EqualTo("1000\n"));
        Assert.That(docker.Execute("exec", "--tty", id, "tty").Expect(0).Output.Trim(), Is.EqualTo("/dev/pts/0"));
        docker.Execute("rm", "--force", id).Expect(0);
    }

    [Test]
    public void Limits_hold_and_cgroups_are_read_only()
    {
        Result result = docker.Run("--rm", "--memory", "32m", "--pids-limit", "20", "bb", "sh", "-c",
            "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes; mkdir /sys/fs/cgroup/pids/x").Expect(1);
        Assert.That(result.Output, Is.EqualTo("20\n33554432\n"));
        Assert.That(result.Errors, Does.Contain("Read-only file system"));
    }
}
