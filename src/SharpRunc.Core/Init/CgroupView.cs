using System;

namespace SharpRunc.Core.Init;

/// <summary>What a mount of type cgroup shows: the container's own directory in each hierarchy, as host paths.</summary>
/// <param name="WholeUnified">On v2 without a cgroup namespace, the hierarchy's mount point; null on v1 and hybrid.</param>
internal sealed record CgroupView(string? WholeUnified, CgroupPlace[] Places);

/// <param name="Name">The directory's name below /sys/fs/cgroup: <c>cpu,cpuacct</c>.</param>
/// <param name="Links">Names that programs look for where several controllers share a hierarchy.</param>
/// <param name="Runtime">The runtime's own directory: where the container is if it may have none of its own.</param>
internal sealed record CgroupPlace(string Name, string[] Links, string Path, Func<string> Runtime);
