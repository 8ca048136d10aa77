namespace SharpRunc.Core.Cgroups.V1;

/// <summary>kernel Documentation/admin-guide/cgroup-v1/memory.rst.</summary>
internal static class MemoryCounters
{
    internal static void Read(CgroupDirectory memory, Statistics into)
    {
        into.Memory.Raw = memory.Pairs("memory.stat");
        into.Memory.Cache = into.Memory.Raw.Of("cache");
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
