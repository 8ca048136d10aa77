using System;

namespace SharpRunc.Core.Plan;

/// <summary>What a mount of type cgroup or cgroup2 shows: the container's own directory in each hierarchy, as host paths.</summary>
/// <param name="Unified">The hierarchy of version 2; null on v1.</param>
/// <param name="IsV2">There is no other one.</param>
internal sealed record CgroupView(UnifiedPlace? Unified, bool IsV2, CgroupPlace[] Places)
{
    /// <summary>The one hierarchy that a mount of that type shows; null: all of them, each in a directory of its own.</summary>
    public UnifiedPlace? Whole(string type) => IsV2 || type == "cgroup2" ? Unified : null;
}

/// <param name="MountPoint">What is shown without a cgroup namespace.</param>
/// <param name="Own">What is shown in one.</param>
internal sealed record UnifiedPlace(string MountPoint, CgroupPlace Own);

/// <param name="Name">The directory's name below /sys/fs/cgroup: <c>cpu,cpuacct</c>.</param>
/// <param name="Links">Names that programs look for where several controllers share a hierarchy.</param>
/// <param name="Runtime">The runtime's own directory: where the container is if it may have none of its own.</param>
internal sealed record CgroupPlace(string Name, string[] Links, string Path, Func<string> Runtime);
