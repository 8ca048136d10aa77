using System;

namespace SharpRunc.Core.Plan;

/// <summary>What a mount of type cgroup or cgroup2 shows: the container's own directory in each hierarchy, as host paths.</summary>
/// <param name="Unified">The cgroup v2 hierarchy; null on v1.</param>
/// <param name="IsV2">Whether the unified hierarchy is the only one.</param>
internal sealed record CgroupView(UnifiedPlace? Unified, bool IsV2, CgroupPlace[] Places)
{
    /// <summary>The single hierarchy that a mount of this type shows; null: all of them, one directory each.</summary>
    public UnifiedPlace? HierarchyFor(string type) => IsV2 || type == "cgroup2" ? Unified : null;
}

/// <param name="MountPoint">Shown without a cgroup namespace.</param>
/// <param name="Own">Shown in a cgroup namespace.</param>
internal sealed record UnifiedPlace(string MountPoint, CgroupPlace Own);

/// <param name="Name">The directory's name below /sys/fs/cgroup: <c>cpu,cpuacct</c>.</param>
/// <param name="Links">Names that programs look for if several controllers share a hierarchy.</param>
/// <param name="Runtime">The runtime's own directory: the container is there if it may have no cgroup.</param>
internal sealed record CgroupPlace(string Name, string[] Links, string Path, Func<string> Runtime);
