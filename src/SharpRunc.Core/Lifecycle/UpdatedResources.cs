using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Lifecycle;

/// <summary>
/// The limits of a container after update: what is asked for replaces what was set, and the rest stays. The exceptions are the CPU and
/// memory sets, idle, burst, pids and unified: these are forgotten unless asked for, so that a later update does not overwrite what others
/// have set; the kernel keeps them. Values that the kernel has only as a pair (quota and period on v2, weight and idle) are completed from
/// what is set at present.
/// </summary>
internal static class UpdatedResources
{
    public static Resources Merge(Resources stored, Resources asked, PresentCpu present = default) => new()
    {
        Memory = Memory(stored.Memory ?? new(), asked.Memory ?? new()),
        Cpu = Cpu(stored.Cpu ?? new(), asked.Cpu ?? new(), present, AsksWeight(asked)),
        Pids = asked.Pids,
        BlockIo = BlockIo(stored.BlockIo ?? new(), asked.BlockIo ?? new()),
        HugepageLimits = Merge(stored.HugepageLimits, asked.HugepageLimits, static (a, b) => a.PageSize == b.PageSize),
        Network = Network(stored.Network, asked.Network),
        Rdma = Merge(stored.Rdma, asked.Rdma, static (a, b) => a.Key == b.Key),
        Unified = asked.Unified,
    };

    private static MemoryResources Memory(MemoryResources stored, MemoryResources asked) => new()
    {
        Limit = asked.Limit ?? stored.Limit,
        Reservation = asked.Reservation ?? stored.Reservation,
        // Without a memory limit the limit on memory and swap together is removed too, unless another is asked for.
        Swap = asked is { Limit: -1, Swap: null or 0 } ? 0 : asked.Swap ?? stored.Swap,
        Kernel = asked.Kernel ?? stored.Kernel,
        KernelTcp = asked.KernelTcp ?? stored.KernelTcp,
        Swappiness = asked.Swappiness ?? stored.Swappiness,
        DisableOomKiller = asked.DisableOomKiller ?? stored.DisableOomKiller,
        UseHierarchy = asked.UseHierarchy ?? stored.UseHierarchy,
        CheckBeforeUpdate = asked.CheckBeforeUpdate ?? stored.CheckBeforeUpdate,
    };

    private static bool AsksWeight(Resources asked)
        => Array.Exists(asked.Unified, static file => file.Key is "cpu.weight" or "cpu.weight.nice");

    /// <summary>An idle group refuses shares. A caller that asks for shares does not want the group to be idle.</summary>
    private static ulong? Shares(CpuResources stored, CpuResources asked, bool isIdle)
    {
        if (asked.Idle == 1 || asked.Idle is not null && asked.Shares is null)
            return 0;
        if (isIdle && asked.Idle is null && asked.Shares is null or 0)
            return 0;
        return asked.Shares ?? stored.Shares;
    }

    /// <summary>Callers pass a 0 as period or quota to set only the other.</summary>
    private static CpuResources Cpu(CpuResources stored, CpuResources asked, PresentCpu present, bool asksWeight)
    {
        bool asksShares = asked.Shares is not (null or 0);
        bool isLimited = asked is not { Quota: null or 0, Period: null or 0 } || stored is not { Quota: null or 0, Period: null or 0 };
        long? quota = isLimited && present.Quota > 0 ? present.Quota : stored.Quota;
        ulong? period = isLimited && present.Period is { } set ? set : stored.Period;
        return new()
        {
            Shares = Shares(stored, asked, present.IsIdle),
            Idle = asked.Idle ?? (present.IsIdle && (asksShares || asksWeight) ? 0 : null),
            Quota = asked.Quota is null or 0 ? quota : asked.Quota,
            Period = asked.Period is null or 0 ? period : asked.Period,
            RealtimeRuntime = asked.RealtimeRuntime ?? stored.RealtimeRuntime,
            RealtimePeriod = asked.RealtimePeriod ?? stored.RealtimePeriod,
            Burst = asked.Burst,
            Cpus = asked.Cpus,
            Mems = asked.Mems,
        };
    }

    private static BlockIoResources BlockIo(BlockIoResources stored, BlockIoResources asked) => new()
    {
        Weight = asked.Weight ?? stored.Weight,
        LeafWeight = asked.LeafWeight ?? stored.LeafWeight,
        WeightDevice = Merge(stored.WeightDevice, asked.WeightDevice, static (a, b) => (a.Major, a.Minor) == (b.Major, b.Minor)),
        ThrottleReadBpsDevice = Throttles(stored.ThrottleReadBpsDevice, asked.ThrottleReadBpsDevice),
        ThrottleWriteBpsDevice = Throttles(stored.ThrottleWriteBpsDevice, asked.ThrottleWriteBpsDevice),
        ThrottleReadIopsDevice = Throttles(stored.ThrottleReadIopsDevice, asked.ThrottleReadIopsDevice),
        ThrottleWriteIopsDevice = Throttles(stored.ThrottleWriteIopsDevice, asked.ThrottleWriteIopsDevice),
    };

    private static ThrottleDevice[] Throttles(ThrottleDevice[] stored, ThrottleDevice[] asked)
        => Merge(stored, asked, static (a, b) => (a.Major, a.Minor) == (b.Major, b.Minor));

    private static NetworkResources? Network(NetworkResources? stored, NetworkResources? asked)
    {
        if (stored is null || asked is null)
            return asked ?? stored;
        return new()
        {
            ClassId = asked.ClassId ?? stored.ClassId,
            Priorities = Merge(stored.Priorities, asked.Priorities, static (a, b) => a.Name == b.Name),
        };
    }

    /// <summary>Replaces entries that describe the same thing.</summary>
    private static T[] Merge<T>(T[] stored, T[] asked, Func<T, T, bool> same)
    {
        if (stored.Length == 0 || asked.Length == 0)
            return stored.Length == 0 ? asked : stored;
        List<T> merged = [.. stored];
        merged.RemoveAll(old => Array.Exists(asked, entry => same(entry, old)));
        merged.AddRange(asked);
        return [.. merged];
    }
}
