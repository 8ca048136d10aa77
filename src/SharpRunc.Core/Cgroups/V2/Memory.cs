using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V2;

/// <summary>
/// Memory on v2: the limits of config-linux.md#memory, and the counters. config.json's swap is memory+swap, the kernel's is swap only.
/// </summary>
internal static class Memory
{
    public static void Plan(CgroupPlan plan, MemoryResources memory)
    {
        if (memory.Swappiness is { } swappiness)
            throw CgroupPlan.CannotExpress("memory/swappiness", $"{swappiness} has no counterpart in cgroup v2");
        if (memory.DisableOomKiller == true)
            throw CgroupPlan.CannotExpress("memory/disableOOMKiller", "has no counterpart in cgroup v2");
        if (memory.KernelTcp > 0)
            throw CgroupPlan.CannotExpress("memory/kernelTCP", "has no counterpart in cgroup v2");

        long limit = memory.Limit ?? 0;
        if (SwapMax(limit, memory.Swap ?? 0) is { } swap)
            // Without swap accounting swap is neither limited nor counted: max and 0 need no file.
            plan.Add("memory", "memory.swap.max", swap, "memory/swap", swap is "max" or "0" ? WriteFlags.MayBeMissing : WriteFlags.None);
        if (limit != 0)
            plan.Add("memory", "memory.max", CgroupPlan.OrMax(limit, "memory/limit"), "memory/limit");
        if (memory.Reservation is { } reservation and not 0)
            plan.Add("memory", "memory.low", CgroupPlan.OrMax(reservation, "memory/reservation"), "memory/reservation");
    }

    /// <summary>The value of memory.swap.max; null: not written. An argument of 0 means "not set".</summary>
    public static string? SwapMax(long limit, long swap)
    {
        if (swap == 0)
            return limit == -1 ? "max" : null;
        if (swap < 0 || limit == -1)
            return CgroupPlan.OrMax(swap, "memory/swap");
        if (limit == 0)
            throw CgroupPlan.CannotExpress("memory/swap", "unable to set swap limit without memory limit");
        if (swap < limit)
            throw CgroupPlan.CannotExpress("memory/swap", "memory+swap limit should be >= memory limit");
        return CgroupPlan.OrMax(swap - limit, "memory/swap");
    }

    /// <summary>kernel Documentation/admin-guide/cgroup-v2.rst, "Memory Interface Files".</summary>
    public static void Read(CgroupDirectory cgroup, Statistics into)
    {
        MemoryStatistics memory = into.Memory;
        memory.Raw = cgroup.Pairs("memory.stat");
        memory.Cache = memory.Raw.Get("file");
        memory.Usage = Use(cgroup, "memory") with { FailCount = cgroup.Pairs("memory.events").Get("max") };
        MemoryUse swap = Use(cgroup, "memory.swap");
        bool isUnlimited = swap.Limit == ulong.MaxValue || memory.Usage.Limit == ulong.MaxValue;
        // Callers expect v1's numbers, which are memory plus swap.
        memory.Swap = swap with
        {
            Usage = swap.Usage + memory.Usage.Usage,
            Limit = isUnlimited ? ulong.MaxValue : swap.Limit + memory.Usage.Limit,
        };
        memory.Pressure = cgroup.Pressure("memory.pressure");
    }

    private static MemoryUse Use(CgroupDirectory cgroup, string prefix)
        => new(cgroup.Number(prefix + ".max"), cgroup.Number(prefix + ".current"), cgroup.Number(prefix + ".peak"), 0);
}
