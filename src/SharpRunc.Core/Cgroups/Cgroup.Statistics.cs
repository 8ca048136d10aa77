using System;

namespace SharpRunc.Core.Cgroups;

// Resource usage.
internal sealed partial class Cgroup
{
    private delegate void Counters(CgroupDirectory directory, Statistics into);

    private static readonly (string Controller, Counters Read)[] V1Counters =
    [
        ("cpu", V1.CpuCounters.Read), ("cpuacct", V1.CpuacctCounters.Read), ("cpuset", V1.CpusetCounters.Read), ("memory", V1.MemoryCounters.Read),
        ("pids", PidsCounters.Read), ("blkio", V1.BlockIoCounters.Read), ("hugetlb", V1.HugetlbCounters.Read),
    ];

    // A v1 controller that counts the same takes precedence: on a hybrid machine the processes are in both hierarchies.
    private static readonly (string Controller, Counters Read)[] V2Counters =
    [
        ("cpuacct", V2.CpuCounters.Read), ("memory", V2.MemoryCounters.Read), ("pids", PidsCounters.Read), ("blkio", V2.BlockIoCounters.Read),
        ("hugetlb", V2.HugetlbCounters.Read),
    ];

    internal Statistics ReadStatistics()
    {
        Statistics statistics = new();
        foreach ((string controller, Counters read) in V1Counters)
            if (Array.Find(directories, directory => directory.Has(controller)) is { } directory)
                read(directory, statistics);
        if (UnifiedDirectory is { } unified)
            foreach ((string controller, Counters read) in V2Counters)
                if (!Array.Exists(directories, directory => directory.Has(controller)))
                    read(unified, statistics);
        return statistics;
    }
}
