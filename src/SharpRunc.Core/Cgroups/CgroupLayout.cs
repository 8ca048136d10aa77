using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

/// <summary>Which versions of cgroups the machine has mounted.</summary>
internal enum CgroupKind
{
    /// <summary>Each controller in its own hierarchy, or a few together.</summary>
    V1,

    /// <summary>v1, with the unified hierarchy mounted as well.</summary>
    Hybrid,

    /// <summary>The unified hierarchy at /sys/fs/cgroup; also used where nothing is mounted.</summary>
    V2,
}

/// <summary>The cgroup hierarchies of this machine, from /proc/self/mountinfo and /proc/self/cgroup.</summary>
internal sealed class CgroupLayout
{
    public required CgroupKind Kind { get; init; }

    /// <summary>The unified one, if any, comes last. Empty in a container that has no cgroup mount.</summary>
    public required Hierarchy[] Hierarchies { get; init; }

    /// <summary>Reads both files once.</summary>
    public static CgroupLayout Detect()
    {
        using Fd mountInfo = Sys.OpenAt(Fd.Cwd, "/proc/self/mountinfo", O_RDONLY);
        using Fd cgroup = Sys.OpenAt(Fd.Cwd, "/proc/self/cgroup", O_RDONLY);
        return Parse(Sys.ReadAll(mountInfo, "/proc/self/mountinfo", MountInfo.MostBytes), Sys.ReadAll(cgroup, "/proc/self/cgroup"));
    }

    public static CgroupLayout Parse(ReadOnlySpan<byte> mountInfo, ReadOnlySpan<byte> cgroup)
    {
        List<HierarchyMount> mounts = HierarchyMount.Parse(mountInfo, out bool unifiedOnTop);
        List<Hierarchy> hierarchies = [];
        Hierarchy? unified = null;
        foreach (string line in KernelText.Decode(cgroup).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // hierarchy-ID:controller-list:cgroup-path (cgroups(7)); a path may contain colons, a controller may not.
            string[] fields = line.Split(':', 3);
            if (fields.Length != 3)
                continue;
            string[] controllers = fields[1].Split(',');
            if (HierarchyMount.Find(mounts, controllers) is not { } mount)
                continue;
            Hierarchy hierarchy = new()
            {
                Controllers = controllers,
                MountPoint = mount.Point,
                MountRoot = mount.Root,
                OwnPath = fields[2],
            };
            if (hierarchy.IsUnified)
                unified = hierarchy;
            else if (!unifiedOnTop)
                hierarchies.Add(hierarchy);
        }
        CgroupKind kind = CgroupKind.V2;
        if (hierarchies.Count > 0)
            kind = unified is null ? CgroupKind.V1 : CgroupKind.Hybrid;
        if (unified is not null)
            hierarchies.Add(unified);
        return new CgroupLayout { Kind = kind, Hierarchies = hierarchies.ToArray() };
    }

    /// <summary>Whether the v1 controller has a hierarchy here.</summary>
    public bool Has(string controller)
    {
        foreach (Hierarchy hierarchy in Hierarchies)
            if (hierarchy.Has(controller))
                return true;
        return false;
    }
}
