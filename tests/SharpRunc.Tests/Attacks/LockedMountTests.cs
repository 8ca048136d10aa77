using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// mount_namespaces(7): what the host has mounted is locked for root of a user namespace, wherever it lies. The mapped root cannot enter a
/// closed directory, so another process clones what is below.
/// </summary>
internal sealed class LockedMountTests
{
    /// <summary>Runs the bundle where the host has below h: ro, mounted read-only, and cov/secret, with a tmpfs over cov.</summary>
    private static Result RunBelow(Runtime runtime, string mode, Bundle bundle)
    {
        string host = Path.Combine(runtime.Work, "h");
        Directory.CreateDirectory(host);
        string script = $"""
            set -e
            mkdir {host}/m; mount -t tmpfs tmpfs {host}/m; cd {host}/m
            echo host >file; mkdir cov; echo secret >cov/secret; chown -R 100000:100000 .; mount -t tmpfs tmpfs cov
            cp -a {bundle.Rootfs} rootfs; chown 100000:100000 rootfs rootfs/etc
            cd /; mount -o remount,bind,ro {host}/m; chmod {mode} {host}
            "$@" </dev/null 2>&1 && : ; echo "status $?"
            cat {host}/m/file; ls {host}/m/rootfs/etc
            """;
        return runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script, "sh",
            .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]);
    }

    private static Bundle NewBundle(Runtime runtime, string script)
        => runtime.NewBundle("sh", "-c", script).MapsUsers().WithAllCapabilities().WithoutSysfs();

    [TestCase("0700", "rbind")]
    [TestCase("0755", "rbind")]
    public void What_the_host_has_mounted_read_only_stays_so(string mode, string options)
    {
        using Runtime runtime = Runtime.Create();
        const string Attack = "mount -o remount,bind,rw /mnt; echo owned >/mnt/file; mount -o remount,rw /mnt; echo owned >/mnt/file";
        Bundle bundle = NewBundle(runtime, Attack);
        bundle.WithMount("/mnt", "bind", Path.Combine(runtime.Work, "h/m"), options);
        Result result = RunBelow(runtime, mode, bundle);
        Assert.That(result.Output, Does.Contain("\nstatus 1\nhost\n").And.Contain("Read-only file system"), result.Errors);
    }

    [TestCase("0700")]
    [TestCase("0755")]
    public void What_the_host_has_covered_stays_covered(string mode)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = NewBundle(runtime, "umount /mnt/cov; umount -l /mnt/cov; ls /mnt/cov; cat /mnt/cov/secret");
        bundle.WithMount("/mnt", "bind", Path.Combine(runtime.Work, "h/m"), "rbind");
        Result result = RunBelow(runtime, mode, bundle);
        Assert.That(result.Output, Does.Contain("status 1\n").And.Not.Contain("secret\nstatus"), result.Errors);
        Assert.That(result.Output, Does.Contain("umount"));
    }

    [TestCase("0700")]
    [TestCase("0755")]
    public void A_root_file_system_on_a_read_only_mount_stays_so(string mode)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = NewBundle(runtime, "mount -o remount,bind,rw /; echo owned >/etc/owned");
        bundle.Config["root"]!["path"] = Path.Combine(runtime.Work, "h/m/rootfs");
        Result result = RunBelow(runtime, mode, bundle);
        Assert.That(result.Output, Does.Contain("status 1\n").And.Not.Contain("\nowned"), result.Errors);
    }
}
