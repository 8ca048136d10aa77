using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#control-groups: null is "not set" everywhere; −1 in a limit is "no limit".</summary>
internal sealed record Resources
{
    public DeviceRule[] Devices = [];
    public MemoryResources? Memory;
    public CpuResources? Cpu;
    public PidsResources? Pids;
    public BlockIoResources? BlockIo;
    public HugepageLimit[] HugepageLimits = [];
    public NetworkResources? Network;
    public KeyValuePair<string, RdmaLimit>[] Rdma = [];
    public KeyValuePair<string, string>[] Unified = [];
}

/// <summary>config-linux.md#allowed-device-list. <c>Type</c> is one of a c b; null numbers are wildcards.</summary>
internal sealed class DeviceRule
{
    public bool Allow;
    public char Type = 'a';
    public long? Major;
    public long? Minor;
    /// <summary>Some of r w m; "" when absent.</summary>
    public string Access = "";
}

/// <summary>Bytes.</summary>
internal sealed class MemoryResources
{
    public long? Limit;
    public long? Reservation;
    public long? Swap;
    public long? Kernel;
    public long? KernelTcp;
    public ulong? Swappiness;
    public bool? DisableOomKiller;
    public bool? UseHierarchy;
    public bool? CheckBeforeUpdate;
}

/// <summary>Times in microseconds.</summary>
internal sealed record CpuResources
{
    public ulong? Shares;
    public long? Quota;
    public ulong? Burst;
    public ulong? Period;
    public long? RealtimeRuntime;
    public ulong? RealtimePeriod;
    public string? Cpus;
    public string? Mems;
    public long? Idle;
}

internal sealed class PidsResources
{
    public long? Limit;
}

internal sealed class BlockIoResources
{
    public ushort? Weight;
    public ushort? LeafWeight;
    public WeightDevice[] WeightDevice = [];
    public ThrottleDevice[] ThrottleReadBpsDevice = [];
    public ThrottleDevice[] ThrottleWriteBpsDevice = [];
    public ThrottleDevice[] ThrottleReadIopsDevice = [];
    public ThrottleDevice[] ThrottleWriteIopsDevice = [];
}

internal readonly record struct WeightDevice(long Major, long Minor, ushort? Weight, ushort? LeafWeight);

/// <summary>Bytes or operations a second.</summary>
internal readonly record struct ThrottleDevice(long Major, long Minor, ulong Rate);

/// <summary><c>PageSize</c> as in /sys/kernel/mm/hugepages: "2MB", "1GB"; limit in bytes.</summary>
internal readonly record struct HugepageLimit(string PageSize, ulong Limit);

internal sealed class NetworkResources
{
    public uint? ClassId;
    public InterfacePriority[] Priorities = [];
}

internal readonly record struct InterfacePriority(string Name, uint Priority);

internal readonly record struct RdmaLimit(uint? HcaHandles, uint? HcaObjects);
