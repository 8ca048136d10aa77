using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// CVE-2019-16884, CVE-2025-52881: on and below /proc, however it is spelled, there is only procfs and what lxcfs replaces.
/// </summary>
internal sealed class ProcMountTests
{
    [Test]
    public void Nothing_but_procfs_is_mounted_on_proc_or_below_it(
        [Values("/proc", "/proc/", "//proc/.", "proc", "/tmp/../proc", "/link", "/link/.", "/up/proc", "/proc/sys", "/proc/sys/kernel",
            "/link/sys", "/tmp/../proc/1/attr", "/deep", "/proc/cpuinfo/..", "/proc/uptimes")] string destination,
        [Values("tmpfs", "bind", "cgroup", "overlay")] string type, [Values] bool first)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "stat -f -c %T /proc; ls /proc/sys/kernel/hostname").WithLink("link", "/proc")
            .WithLink("up", "..").WithLink("deep", "proc/sys/kernel");
        string source = Path.Combine(bundle.Rootfs, "home");
        bundle.WithMount(destination, type, type == "bind" ? source : type,
            type switch { "bind" => ["rbind"], "overlay" => [$"lowerdir={source}:{bundle.Rootfs}/mnt"], _ => [] });
        if (first)
        {
            JsonNode last = bundle.Mounts[^1]!;
            bundle.Mounts.RemoveAt(bundle.Mounts.Count - 1);
            bundle.Mounts.Insert(0, last);
            bundle.Write();
        }
        Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId());
        // What is mounted below the image's own /proc, before procfs covers it, is out of everyone's sight.
        if (result.Ran())
        {
            Assert.That(first && destination is "/link/sys" or "/deep", Is.True, $"{destination} was mounted on");
            Assert.That(result.Output, Is.EqualTo("proc\n/proc/sys/kernel/hostname\n"));
        }
    }

    [Test]
    public void Procfs_itself_is_not_mounted_below_procfs([Values("/link/sys", "/deep")] string destination,
        [Values("proc", "bind")] string type)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").WithLink("link", "/proc").WithLink("deep", "proc/sys/kernel")
            .WithMount(destination, type, "/proc", type == "bind" ? ["rbind"] : []);
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(1);
    }

    [Test]
    public void An_image_without_proc_is_given_none_through_a_link()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").WithLink("link", "/proc").WithoutMounts("/proc").WithMount("/link", "tmpfs", "tmpfs");
        Directory.Delete(Path.Combine(bundle.Rootfs, "proc"));
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("is in /proc, where only a procfs may be mounted");
    }

    [Test]
    public void What_lxcfs_replaces_may_be_replaced(
        [Values("/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
            "/proc/slabinfo",
            "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled")] string file)
    {
        if (!File.Exists(file))
            Assert.Ignore($"this kernel has no {file}");
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", file);
        bundle.WithMount(file, "bind", Path.Combine(bundle.Sources, "hosts"), "bind", "ro");
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo("# hosts\n"));
    }

    [Test]
    public void The_hosts_procfs_may_be_bound_on_proc()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/proc/1/comm").WithoutMounts("/proc").WithMount("/proc", "bind", "/proc", "rbind", "ro");
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output,
            Is.EqualTo(File.ReadAllText("/proc/1/comm")));
    }
}
