using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;

namespace SharpRunc.Tests.Support;

/// <summary>
/// Commands that see cgroup v2 at /sys/fs/cgroup: as the machine is, or on a hybrid one in a mount namespace of their own.
/// </summary>
internal static class UnifiedView
{
    private const string Script =
        "[ -e /sys/fs/cgroup/cgroup.controllers ] || { umount -R -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; }; exec \"$@\"";

    /// <summary>Where the tests see the hierarchy; skips the test where there is none.</summary>
    public static string MountPoint
    {
        get
        {
            CgroupLayout layout = CgroupLayout.Detect();
            if (!Environment.IsPrivilegedProcess || layout.Hierarchies.Length == 0 || !layout.Hierarchies[^1].IsUnified)
                Assert.Ignore("needs root and a unified hierarchy");
            return layout.Hierarchies[^1].MountPoint;
        }
    }

    public static Result RunUnified(this Runtime runtime, params string[] arguments) => runtime.ExecuteUnified(runtime.Command(arguments));

    public static Result ExecuteUnified(this Runtime runtime, string[] command)
        => runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", Script, "sh", .. command]);

    /// <summary>A container with a part of the hierarchy that it may write to, as an engine gives it to one that runs systemd.</summary>
    public static Bundle WithWritableCgroup(this Bundle bundle)
        => bundle.InNamespace("cgroup").Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "rw", "nosuid", "noexec", "nodev");

    /// <summary>Until the container's program has made a file in its root.</summary>
    public static void Awaits(this Bundle bundle, string file)
        => Eventually.Holds(() => File.Exists(Path.Combine(bundle.Rootfs, file)), $"the container has not made {file}");
}
