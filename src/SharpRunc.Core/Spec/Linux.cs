using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md.</summary>
internal sealed record Linux
{
    public Namespace[] Namespaces { get; init; } = [];
    public IdMapping[] UidMappings { get; init; } = [];
    public IdMapping[] GidMappings { get; init; } = [];
    public TimeOffsets? TimeOffsets { get; init; }
    public Device[] Devices { get; init; } = [];
    /// <summary>Maps the interface's name on the host to its name in the container.</summary>
    public KeyValuePair<string, string?>[] NetDevices { get; init; } = [];
    public string? CgroupsPath { get; init; }
    public Resources? Resources { get; init; }
    public IntelRdt? IntelRdt { get; init; }
    public KeyValuePair<string, string>[] Sysctl { get; init; } = [];
    public Seccomp? Seccomp { get; init; }
    /// <summary>
    /// shared, slave, private, unbindable and their r-forms; null: rslave, and the container's / keeps the propagation that it is created
    /// with.
    /// </summary>
    public string? RootfsPropagation { get; init; }
    public string[] MaskedPaths { get; init; } = [];
    public string[] ReadonlyPaths { get; init; } = [];
    public string? MountLabel { get; init; }
    public Personality? Personality { get; init; }
    public MemoryPolicy? MemoryPolicy { get; init; }
}

/// <summary>config-linux.md#namespaces. Types that are not listed are inherited from the runtime.</summary>
internal readonly record struct Namespace(NamespaceType Type, string? Path)
{
    /// <summary>Its type as written in config.json.</summary>
    public string Name => Type.ToString().ToLowerInvariant();
}

internal enum NamespaceType { Pid, Network, Mount, Ipc, Uts, User, Cgroup, Time }

/// <summary>config-linux.md#offset-for-time-namespace; null: not set.</summary>
internal sealed class TimeOffsets
{
    public TimeOffset? Monotonic { get; init; }
    public TimeOffset? Boottime { get; init; }
}

internal readonly record struct TimeOffset(long Secs, uint Nanosecs);

/// <summary>config-linux.md#devices. <c>Type</c> is one of c b u p; u is the same as c.</summary>
internal sealed class Device
{
    public string Path { get; init; } = "";
    public char Type { get; init; }
    public long Major { get; init; }
    public long Minor { get; init; }
    /// <summary>Permission bits; null: 0666.</summary>
    public uint? FileMode { get; init; }
    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
}

/// <summary>config-linux.md#inteldrt.</summary>
internal sealed class IntelRdt
{
    public string? ClosId { get; init; }
    public string? L3CacheSchema { get; init; }
    public string? MemBwSchema { get; init; }
    public string[] Schemata { get; init; } = [];
    public bool EnableMonitoring { get; init; }
}

/// <summary>config-linux.md#personality: LINUX or LINUX32; no flag is supported.</summary>
internal sealed class Personality
{
    public string Domain { get; init; } = "";
    public string[] Flags { get; init; } = [];
}

/// <summary>config-linux.md#memory-policy: MPOL_….</summary>
internal sealed class MemoryPolicy
{
    public string Mode { get; init; } = "";
    public string? Nodes { get; init; }
    public string[] Flags { get; init; } = [];
}
