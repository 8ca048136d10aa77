using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Cgroups below the container's own, in which its processes are placed.
internal sealed partial class Cgroup
{
    /// <summary>Creates them before the container exists, because its cgroup namespace is rooted in one of them.</summary>
    internal void Divide(Division division)
    {
        string path = division.Innermost;
        for (int end = path.IndexOf('/'); path.Length > 0; end = path.IndexOf('/', end + 1))
        {
            string part = end < 0 ? path : path[..end];
            if (Sys.TryMkdirAt(UnifiedDirectory!.Open(), part, 0x1ed /* 0755 */) is < 0 and not -EEXIST and var error)
                throw ContainerException.From(new SysException("mkdirat", $"{UnifiedDirectory.Path}/{part}", -error), "cannot divide the container's cgroup", Pointer);
            if (end < 0)
                return;
        }
    }

    /// <summary>
    /// Opens what a single-threaded process writes "0" to: the first before it unshares its cgroup namespace, the second after.
    /// </summary>
    internal (Fd? Before, Fd? After) OpenDivision(Division division)
        => UnifiedDirectory is { } unified
            ? (OpenProcs(unified, division.Subgroup), division.Delegated.Length == 0 ? null : OpenProcs(unified, division.Innermost))
            : (null, null);

    /// <summary>
    /// Call once no process is left in the cgroups above: only then can these pass their controllers on (cgroups(7), no internal
    /// processes).
    /// </summary>
    internal void EnableControllers(Division division)
    {
        CgroupDirectory unified = UnifiedDirectory!;
        Hierarchy hierarchy = Array.Find(CgroupLayout.Detect().Hierarchies, static hierarchy => hierarchy.IsUnified)!;
        using Fd mount = Sys.OpenAt(Fd.Cwd, hierarchy.MountPoint, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        V2.Controllers.Enable(mount, $"{unified.Path[(hierarchy.MountPoint.Length + 1)..]}/{division.Innermost}");
    }

    private static Fd? OpenProcs(CgroupDirectory unified, string below)
    {
        if (below.Length == 0)
            return null;
        return Sys.TryOpenAt2(unified.Open(), below + "/cgroup.procs", O_WRONLY, Inside, out int error)
            ?? throw ContainerException.From(new SysException("openat2", $"{unified.Path}/{below}/cgroup.procs", -error), "cannot join the container's cgroup", Pointer);
    }
}
