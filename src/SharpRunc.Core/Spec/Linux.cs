using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md.</summary>
internal sealed class Linux
{
    public Namespace[] Namespaces = [];
    public IdMapping[] UidMappings = [];
    public IdMapping[] GidMappings = [];
    public TimeOffsets? TimeOffsets;
    public Device[] Devices = [];
    /// <summary>Host name of the interface → the name it gets in the container.</summary>
    public KeyValuePair<string, string?>[] NetDevices = [];
    public string? CgroupsPath;
    public Resources? Resources;
    public IntelRdt? IntelRdt;
    public KeyValuePair<string, string>[] Sysctl = [];
    public Seccomp? Seccomp;
    /// <summary>shared, slave, private, unbindable and their r-forms; null: rslave, and / inside is left as made.</summary>
    public string? RootfsPropagation;
    public string[] MaskedPaths = [];
    public string[] ReadonlyPaths = [];
    public string? MountLabel;
    public Personality? Personality;
    public MemoryPolicy? MemoryPolicy;
}

/// <summary>config-linux.md#namespaces. A type that is not listed is inherited from the runtime.</summary>
internal readonly record struct Namespace(NamespaceType Type, string? Path)
{
    /// <summary>Its type as config.json spells it.</summary>
    public string Name => Type.ToString().ToLowerInvariant();
}

internal enum NamespaceType { Pid, Network, Mount, Ipc, Uts, User, Cgroup, Time }

/// <summary>config-linux.md#offset-for-time-namespace; null: not set.</summary>
internal sealed class TimeOffsets
{
    public TimeOffset? Monotonic;
    public TimeOffset? Boottime;
}

internal readonly record struct TimeOffset(long Secs, uint Nanosecs);

/// <summary>config-linux.md#devices. <c>Type</c> is one of c b u p; u is c.</summary>
internal sealed class Device
{
    public string Path = "";
    public char Type;
    public long Major;
    public long Minor;
    /// <summary>Permission bits; null: 0666.</summary>
    public uint? FileMode;
    public uint? Uid;
    public uint? Gid;
}

/// <summary>config-linux.md#inteldrt.</summary>
internal sealed class IntelRdt
{
    public string? ClosId;
    public string? L3CacheSchema;
    public string? MemBwSchema;
    public string[] Schemata = [];
    public bool EnableMonitoring;
}

/// <summary>config-linux.md#personality: LINUX or LINUX32; no flag is supported.</summary>
internal sealed class Personality
{
    public string Domain = "";
    public string[] Flags = [];
}

/// <summary>config-linux.md#memory-policy: MPOL_….</summary>
internal sealed class MemoryPolicy
{
    public string Mode = "";
    public string? Nodes;
    public string[] Flags = [];
}
