using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>
/// Memory on v1: the limits of config-linux.md#memory, and the counters. Linux 5.16 refuses kernel memory limits with EOPNOTSUPP, and later
/// kernels lack the file; hierarchical accounting is always on.
/// </summary>
internal static class Memory
{
    public static void Plan(CgroupPlan plan, MemoryResources memory)
    {
        long limit = memory.Limit ?? 0;
        long swap = memory.Swap ?? 0;
        // No limit on memory means none on memory+swap either, unless one is requested.
        if (swap == 0 && limit == -1)
            swap = -1;
        if (limit > 0 && swap > 0 && swap < limit)
            throw new ContainerException(ErrorCode.ConfigValue, "memory+swap limit should be >= memory limit")
            {
                Pointer = CgroupPlan.At("memory/swap"),
            };
        // Memory+swap may never be below memory. This order works for a fresh cgroup; in an update the memory limit may have to wait.
        if (limit != 0)
            plan.Add("memory", "memory.limit_in_bytes", Checked(limit, "memory/limit"), "memory/limit", WriteFlags.OrLater);
        if (swap != 0)
            plan.Add("memory", "memory.memsw.limit_in_bytes", Checked(swap, "memory/swap"), "memory/swap",
                swap == -1 ? WriteFlags.MayBeMissing : WriteFlags.None);
        if (memory.Reservation is { } reservation and not 0)
            plan.Add("memory", "memory.soft_limit_in_bytes", Checked(reservation, "memory/reservation"), "memory/reservation");
        if (memory.Kernel is { } kernel and not 0)
            plan.Add("memory", "memory.kmem.limit_in_bytes", Checked(kernel, "memory/kernel"), "memory/kernel",
                WriteFlags.MayBeMissing | WriteFlags.MayBeUnsupported);
        if (memory.KernelTcp is { } kernelTcp and not 0)
            plan.Add("memory", "memory.kmem.tcp.limit_in_bytes", Checked(kernelTcp, "memory/kernelTCP"), "memory/kernelTCP");
        if (memory.DisableOomKiller == true)
            plan.Add("memory", "memory.oom_control", 1, "memory/disableOOMKiller");
        if (memory.Swappiness is { } swappiness)
        {
            if (swappiness > 100)
                throw CgroupPlan.CannotExpress("memory/swappiness", "must be from 0 to 100");
            plan.Add("memory", "memory.swappiness", (long)swappiness, "memory/swappiness");
        }
    }

    private static string Checked(long limit, string property) => CgroupPlan.OrMax(limit, property) is "max" ? "-1" : limit.ToString();

    /// <summary>kernel Documentation/admin-guide/cgroup-v1/memory.rst.</summary>
    public static void Read(CgroupDirectory memory, Statistics into)
    {
        into.Memory.Raw = memory.Pairs("memory.stat");
        into.Memory.Cache = into.Memory.Raw.Get("cache");
        into.Memory.Usage = Use(memory, "memory");
        into.Memory.Swap = Use(memory, "memory.memsw");
        into.Memory.Kernel = Use(memory, "memory.kmem");
        into.Memory.KernelTcp = Use(memory, "memory.kmem.tcp");
    }

    private static MemoryUse Use(CgroupDirectory memory, string prefix) => new(
        memory.Number(prefix + ".limit_in_bytes"),
        memory.Number(prefix + ".usage_in_bytes"),
        memory.Number(prefix + ".max_usage_in_bytes"),
        memory.Number(prefix + ".failcnt"));
}
