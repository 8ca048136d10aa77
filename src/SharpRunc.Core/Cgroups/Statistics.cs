using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups;

/// <summary>Usage and limits of a cgroup; 0 where the kernel does not count.</summary>
internal sealed class Statistics
{
    private delegate void Counters(CgroupDirectory directory, Statistics into);

    private static readonly (string Controller, Counters Read)[] V1Counters =
    [
        ("cpu", V1.Cpu.Read), ("cpuacct", V1.Cpu.ReadAccounting), ("cpuset", Cgroups.Cpuset.Read), ("memory", V1.Memory.Read),
        ("pids", Cgroups.Pids.Read), ("blkio", V1.BlockIo.Read), ("hugetlb", Cgroups.Hugetlb.ReadV1),
    ];

    // A v1 controller that counts the same takes precedence: on a hybrid machine the processes are in both hierarchies.
    private static readonly (string Controller, Counters Read)[] V2Counters =
    [
        ("cpuacct", V2.Cpu.Read), ("memory", V2.Memory.Read), ("pids", Cgroups.Pids.Read), ("blkio", V2.BlockIo.Read),
        ("hugetlb", Cgroups.Hugetlb.ReadV2),
    ];

    public CpuStatistics Cpu { get; } = new();

    public CpusetStatistics Cpuset { get; } = new();

    public MemoryStatistics Memory { get; } = new();

    public ulong Pids { get; set; }

    /// <summary>0: no limit.</summary>
    public ulong PidsLimit { get; set; }

    public BlockIoStatistics BlockIo { get; } = new();

    /// <summary>By page size: 2MB, 1GB.</summary>
    public List<(string PageSize, MemoryUse Use)> Hugetlb { get; } = [];

    /// <summary>Reads the files of every controller that the cgroup has.</summary>
    public static Statistics Read(Cgroup cgroup)
    {
        Statistics statistics = new();
        foreach ((string controller, Counters read) in V1Counters)
            if (cgroup.Find(controller) is { } directory)
                read(directory, statistics);
        if (cgroup.UnifiedDirectory is { } unified)
            foreach ((string controller, Counters read) in V2Counters)
                if (cgroup.Find(controller) is null)
                    read(unified, statistics);
        return statistics;
    }
}

/// <summary>Nanoseconds.</summary>
internal sealed class CpuStatistics
{
    public ulong Total, Kernel, User, Periods, ThrottledPeriods, ThrottledTime;
    public ulong[] PerCpu = [], PerCpuKernel = [], PerCpuUser = [];
    public Pressure? Pressure;
}

/// <summary>The numbers in cpuset's files, and its two lists.</summary>
internal sealed class CpusetStatistics
{
    public List<int> Cpus = [], Mems = [];
    public ulong CpuExclusive, MemHardwall, MemExclusive, MemoryMigrate, MemorySpreadPage, MemorySpreadSlab, MemoryPressure;
    public ulong SchedLoadBalance;
    public long SchedRelaxDomainLevel;
}

/// <summary>Bytes.</summary>
internal sealed class MemoryStatistics
{
    public ulong Cache;
    /// <summary><c>Swap</c> is memory plus swap, on v2 too.</summary>
    public MemoryUse Usage, Swap, Kernel, KernelTcp;
    /// <summary>The content of memory.stat, as the kernel writes it.</summary>
    public KeyValuePair<string, ulong>[] Raw = [];
    public Pressure? Pressure;
}

/// <summary>Bytes; <c>Max</c> is the highest usage so far, <c>FailCount</c> how often the limit was hit.</summary>
internal record struct MemoryUse(ulong Limit, ulong Usage, ulong Max, ulong FailCount);

/// <summary>One list per counter, with one entry per device and operation.</summary>
internal sealed class BlockIoStatistics
{
    public List<BlockIoEntry> ServiceBytes = [], Serviced = [], Queued = [], ServiceTime = [], WaitTime = [], Merged = [];
    public List<BlockIoEntry> Time = [], Sectors = [];
    public Pressure? Pressure;
}

/// <summary><c>Operation</c> is Read, Write, Sync, Async, Discard or Total; "" where the counter does not distinguish operations.</summary>
internal readonly record struct BlockIoEntry(ulong Major, ulong Minor, string Operation, ulong Value);

/// <summary>Pressure stall information (kernel Documentation/accounting/psi.rst).</summary>
internal sealed record Pressure(PressureLine Some, PressureLine Full);

/// <summary>Percentage of the last 10, 60 and 300 seconds; total in microseconds.</summary>
internal readonly record struct PressureLine(double Avg10, double Avg60, double Avg300, ulong Total);
