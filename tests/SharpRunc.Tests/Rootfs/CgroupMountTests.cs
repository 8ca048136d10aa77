using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>A mount of type cgroup shows the container's own cgroups and nobody else's, with and without a cgroup namespace.</summary>
internal sealed class CgroupMountTests
{
    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(true, true)]
    public void The_containers_own_cgroups_are_mounted(bool readOnly, bool ownNamespace)
    {
        using Runtime runtime = Runtime.Create();
        if (!File.Exists("/sys/fs/cgroup/memory/tasks"))
            Assert.Ignore("no v1 memory hierarchy here");
        Bundle bundle = runtime.NewBundle()
            .Says("cat /sys/fs/cgroup/memory/cgroup.procs; mkdir /sys/fs/cgroup/memory/inner && rmdir /sys/fs/cgroup/memory/inner; touch "
                + "/sys/fs/cgroup/x; ls /sys/fs/cgroup")
            .Mounting("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", readOnly ? "ro" : "rw"]);
        if (ownNamespace)
            bundle.InNamespace("cgroup");
        Result result = runtime.RunBundle(bundle).Expect(0);
        string[] lines = result.Output.Split('\n');
        Assert.That(lines[0], Is.EqualTo("1"), "the root of the mount is the container's own cgroup");
        Assert.That(lines, Does.Contain("memory").And.Contain("devices").And.Contain("systemd"));
        if (readOnly)
            Assert.That(result.Errors.Split("Read-only file system"), Has.Length.EqualTo(3), result.Errors);
        else
            Assert.That(result.Errors, Is.Empty);
    }

    /// <summary>CVE-2023-25809: read-only where it was asked, in each hierarchy, however the host has them mounted.</summary>
    [Test]
    public void Every_cgroup_mount_is_read_only_if_that_was_asked(
        [Values("hybrid", "v1", "v2")] string layout, [Values] bool cgroupNamespace, [Values] bool mapsUsers,
            [Values("cgroup,ro", "cgroup,rro", "bind,ro")] string how)
    {
        using Runtime runtime = Runtime.Create();
        (string[] lines, string made) = Run(runtime, layout, cgroupNamespace, mapsUsers, how.Split(',')[0], how.Split(',')[1]);
        Assert.That(lines, Is.Not.Empty.And.All.Contains(" ro,"));
        Assert.That(made, Is.Empty);
    }

    /// <summary>And in a user namespace that the host's other cgroups are not shut off from, even if it was not.</summary>
    [Test]
    public void A_writable_cgroup_mount_is_the_containers_own([Values("hybrid", "v1", "v2")] string layout, [Values] bool cgroupNamespace,
        [Values] bool mapsUsers)
    {
        using Runtime runtime = Runtime.Create();
        (string[] lines, string made) = Run(runtime, layout, cgroupNamespace, mapsUsers, "cgroup", "rw");
        string[] hierarchies = System.Array.FindAll(lines,
            line => layout == "v2" || !line.StartsWith("/sys/fs/cgroup ", System.StringComparison.Ordinal));
        Assert.That(hierarchies, Is.Not.Empty.And.All.Contains(mapsUsers && !cgroupNamespace ? " ro," : " rw,"));
        if (!mapsUsers)
            Assert.That(made, Does.Contain("made /sys/fs/cgroup"));
    }

    [TestCase("hybrid", "systemd unified memory pids")]
    [TestCase("v1", "systemd memory pids")]
    public void Every_hierarchy_has_its_directory(string layout, string names)
    {
        using Runtime runtime = Runtime.Create();
        (string[] lines, _) = Run(runtime, layout, cgroupNamespace: true, mapsUsers: false, "cgroup", "ro");
        foreach (string name in names.Split(' '))
            Assert.That(lines, Has.One.StartsWith($"/sys/fs/cgroup/{name} "));
        if (layout == "v1")
            Assert.That(lines, Has.None.Contains("unified"));
    }

    /// <summary>
    /// The unified hierarchy has no directory of a controller's, and without a namespace of its own the container sees all of it.
    /// </summary>
    [Test]
    public void A_mount_of_type_cgroup2_is_that_hierarchy_beside_others_too([Values("hybrid", "v2")] string layout,
        [Values] bool cgroupNamespace)
    {
        using Runtime runtime = Runtime.Create();
        (string[] lines, string made) = Run(runtime, layout, cgroupNamespace, mapsUsers: false, "cgroup2", "rw");
        Assert.That(lines, Is.EqualTo(new[] { "/sys/fs/cgroup rw,nosuid,nodev,noexec,relatime" }));
        Assert.That(made, Does.StartWith("made /sys/fs/cgroup\n"));
    }

    [Test]
    public void A_mount_of_type_cgroup2_is_an_error_where_there_is_none()
    {
        using Runtime runtime = Runtime.Create();
        Result result = Execute(runtime, "v1", cgroupNamespace: true, mapsUsers: false, "cgroup2", "ro").Expect(1);
        Assert.That(result.Errors, Does.Contain("no cgroup2 hierarchy is mounted on this host").And.Contain("/type"));
    }

    /// <summary>
    /// Mount points and their attributes, and what could be made there. The layout is what the runtime sees in a mount namespace of its
    /// own.
    /// </summary>
    private static (string[] Lines, string Made) Run(Runtime runtime, string layout, bool cgroupNamespace, bool mapsUsers, string type,
        string option)
    {
        string[] parts = Execute(runtime, layout, cgroupNamespace, mapsUsers, type, option).Expect(0).Output.Split("\n\n");
        return (parts[0].Split('\n', System.StringSplitOptions.RemoveEmptyEntries), parts.Length > 1 ? parts[1] : "");
    }

    private static Result Execute(Runtime runtime, string layout, bool cgroupNamespace, bool mapsUsers, string type, string option)
    {
        if (!Directory.Exists("/sys/fs/cgroup/unified") || !File.Exists("/sys/fs/cgroup/memory/tasks"))
            Assert.Ignore("the host's cgroups are not hybrid");
        Bundle bundle = runtime.NewBundle()
            .Says("grep ' /sys/fs/cgroup' /proc/self/mountinfo | cut -d' ' -f5,6; echo; for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do "
                + "mkdir $d/x 2>/dev/null && rmdir $d/x && echo made $d; done; true");
        if (type == "bind")
        {
            bundle.WithoutSysfs().Mounting("/sys", "bind", "/sys", "rbind", option);
            bundle.Linux.Remove("maskedPaths");
        }
        else
            bundle.Mounting("/sys/fs/cgroup", type, "cgroup", "nosuid", "noexec", "nodev", "relatime", option);
        if (cgroupNamespace)
            bundle.InNamespace("cgroup");
        if (mapsUsers)
            bundle.MapsUsers();
        string become = layout switch
        {
            "v1" => "umount /sys/fs/cgroup/unified",
            "v2" => "umount -Rl /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup",
            _ => "true",
        };
        return runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", become + """; exec "$@" """,
            "sh",
            .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]);
    }
}
