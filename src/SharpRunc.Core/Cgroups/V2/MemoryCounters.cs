namespace SharpRunc.Core.Cgroups.V2;

/// <summary>kernel Documentation/admin-guide/cgroup-v2.rst, "Memory Interface Files".</summary>
internal static class MemoryCounters
{
    internal static void Read(CgroupDirectory cgroup, Statistics into)
    {
        MemoryStatistics memory = into.Memory;
        memory.Raw = cgroup.Pairs("memory.stat");
        memory.Cache = memory.Raw.Of("file");
        memory.Usage = Use(cgroup, "memory") with { FailCount = cgroup.Pairs("memory.events").Of("max") };
        MemoryUse swap = Use(cgroup, "memory.swap");
        // Callers expect v1's numbers, which are memory plus swap.
        memory.Swap = swap with
        {
            Usage = swap.Usage + memory.Usage.Usage,
            Limit = swap.Limit == ulong.MaxValue || memory.Usage.Limit == ulong.MaxValue ? ulong.MaxValue : swap.Limit + memory.Usage.Limit,
        };
        memory.Pressure = cgroup.Pressure("memory.pressure");
    }

    private static MemoryUse Use(CgroupDirectory cgroup, string prefix)
        => new(cgroup.Number(prefix + ".max"), cgroup.Number(prefix + ".current"), cgroup.Number(prefix + ".peak"), 0);
}
