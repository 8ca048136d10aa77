using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The cgroup below the container's own in which its processes are placed: crun(1), run.oci.systemd.subgroup and run.oci.delegate-cgroup.
/// The limits stay on the container's own cgroup, and freezing, killing and removal cover all of it.
/// </summary>
/// <param name="Subgroup">The root of the cgroup namespace; "": the container's own cgroup.</param>
/// <param name="Delegated">Below <c>Subgroup</c>, for the container's user to divide further; "": none.</param>
internal readonly record struct LeafCgroup(string Subgroup, string Delegated)
{
    private const uint Mode = Modes.O755;

    /// <param name="hasUnit">Without a unit, no cgroup is created below it either, as in crun.</param>
    /// <param name="isV2">
    /// On v1 nothing is divided because delegation is not safe there (crun(1)); the caller reports what is ignored.
    /// </param>
    public static LeafCgroup From(Config config, bool hasUnit, bool isV2)
    {
        if (!isV2)
            return new("", "");
        string subgroup = hasUnit ? EngineAnnotations.Subgroup(config) : "";
        return new(subgroup, EngineAnnotations.DelegatedCgroup(config));
    }

    /// <summary>The processes are in the container's own cgroup.</summary>
    public bool IsNone => Subgroup.Length == 0 && Delegated.Length == 0;

    /// <summary>Below the container's own cgroup; "": that one.</summary>
    public string Path => Subgroup.Length == 0 || Delegated.Length == 0 ? Subgroup + Delegated : $"{Subgroup}/{Delegated}";

    /// <summary>Creates it before the container exists, because its cgroup namespace is rooted in it or in one above.</summary>
    public void Make(Cgroup cgroup)
    {
        CgroupDirectory unified = cgroup.UnifiedDirectory!;
        string path = Path;
        for (int end = path.IndexOf('/'); path.Length > 0; end = path.IndexOf('/', end + 1))
        {
            string part = end < 0 ? path : path[..end];
            SysError error = Sys.TryMkdirAt(unified.Open(), part, Mode);
            if (error.Failed && error.Errno != EEXIST)
                throw ContainerException.From(ErrorCode.CgroupJoin, error.On($"{unified.Path}/{part}"),
                    "cannot divide the container's cgroup", CgroupPath.Pointer);
            if (end < 0)
                return;
        }
    }

    /// <summary>
    /// Opens what a single-threaded process writes "0" to: the first before it unshares its cgroup namespace, the second after.
    /// </summary>
    public (Fd? Before, Fd? After) OpenProcs(Cgroup cgroup)
    {
        if (cgroup.UnifiedDirectory is not { } unified)
            return (null, null);
        Fd? before = OpenProcs(unified, Subgroup);
        return (before, Delegated.Length == 0 ? null : OpenProcs(unified, Path));
    }

    private static Fd? OpenProcs(CgroupDirectory unified, string below)
    {
        if (below.Length == 0)
            return null;
        return unified.TryOpenBelow(below + "/cgroup.procs", O_WRONLY, out SysError error)
            ?? throw ContainerException.From(ErrorCode.CgroupJoin, error, "cannot join the container's cgroup", CgroupPath.Pointer);
    }

    /// <summary>
    /// Enables all controllers down to it. Call once no process is left in the cgroups above: only then can these pass their controllers on
    /// (cgroups(7), no internal processes).
    /// </summary>
    public void EnableControllers(Cgroup cgroup)
    {
        CgroupDirectory unified = cgroup.UnifiedDirectory!;
        Hierarchy hierarchy = Array.Find(CgroupLayout.Detect().Hierarchies, static hierarchy => hierarchy.IsUnified)!;
        using Fd mount = Sys.OpenAt(Fd.Cwd, hierarchy.MountPoint, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        V2.Controllers.Enable(mount, $"{unified.Path[(hierarchy.MountPoint.Length + 1)..]}/{Path}");
    }
}
