using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#control-groups. null always means "not set"; a limit of −1 means "no limit".</summary>
internal sealed record Resources
{
    public DeviceRule[] Devices { get; init; } = [];
    public MemoryResources? Memory { get; init; }
    public CpuResources? Cpu { get; init; }
    public PidsResources? Pids { get; init; }
    public BlockIoResources? BlockIo { get; init; }
    public HugepageLimit[] HugepageLimits { get; init; } = [];
    public NetworkResources? Network { get; init; }
    public KeyValuePair<string, RdmaLimit>[] Rdma { get; init; } = [];
    public KeyValuePair<string, string>[] Unified { get; init; } = [];
}

/// <summary>config-linux.md#allowed-device-list. <c>Type</c> is one of a c b; null numbers are wildcards.</summary>
internal sealed class DeviceRule
{
    public bool Allow { get; init; }
    public char Type { get; init; } = 'a';
    public long? Major { get; init; }
    public long? Minor { get; init; }
    /// <summary>A subset of the letters r w m; "" when absent.</summary>
    public string Access { get; init; } = "";
}

/// <summary>Bytes.</summary>
internal sealed class MemoryResources
{
    public long? Limit { get; init; }
    public long? Reservation { get; init; }
    public long? Swap { get; init; }
    public long? Kernel { get; init; }
    public long? KernelTcp { get; init; }
    public ulong? Swappiness { get; init; }
    public bool? DisableOomKiller { get; init; }
    public bool? UseHierarchy { get; init; }
    public bool? CheckBeforeUpdate { get; init; }
}

/// <summary>Times in microseconds.</summary>
internal sealed record CpuResources
{
    public ulong? Shares { get; init; }
    public long? Quota { get; init; }
    public ulong? Burst { get; init; }
    public ulong? Period { get; init; }
    public long? RealtimeRuntime { get; init; }
    public ulong? RealtimePeriod { get; init; }
    public string? Cpus { get; init; }
    public string? Mems { get; init; }
    public long? Idle { get; init; }
}

internal sealed class PidsResources
{
    public long? Limit { get; init; }
}

internal sealed class BlockIoResources
{
    public ushort? Weight { get; init; }
    public ushort? LeafWeight { get; init; }
    public WeightDevice[] WeightDevice { get; init; } = [];
    public ThrottleDevice[] ThrottleReadBpsDevice { get; init; } = [];
    public ThrottleDevice[] ThrottleWriteBpsDevice { get; init; } = [];
    public ThrottleDevice[] ThrottleReadIopsDevice { get; init; } = [];
    public ThrottleDevice[] ThrottleWriteIopsDevice { get; init; } = [];
}

internal readonly record struct WeightDevice(long Major, long Minor, ushort? Weight, ushort? LeafWeight);

/// <summary>Bytes or operations per second.</summary>
internal readonly record struct ThrottleDevice(long Major, long Minor, ulong Rate);

/// <summary><c>PageSize</c> as in /sys/kernel/mm/hugepages, such as "2MB" or "1GB"; limit in bytes.</summary>
internal readonly record struct HugepageLimit(string PageSize, ulong Limit);

internal sealed class NetworkResources
{
    public uint? ClassId { get; init; }
    public InterfacePriority[] Priorities { get; init; } = [];
}

internal readonly record struct InterfacePriority(string Name, uint Priority);

internal readonly record struct RdmaLimit(uint? HcaHandles, uint? HcaObjects);
