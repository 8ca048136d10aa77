namespace SharpRunc.Core.Cgroups.V1;

/// <summary>kernel Documentation/admin-guide/cgroup-v1/cpusets.rst.</summary>
internal static class CpusetCounters
{
    internal static void Read(CgroupDirectory cpuset, Statistics into)
    {
        CpusetStatistics set = into.Cpuset;
        set.Cpus = cpuset.List("cpuset.cpus");
        set.Mems = cpuset.List("cpuset.mems");
        set.CpuExclusive = cpuset.Number("cpuset.cpu_exclusive");
        set.MemHardwall = cpuset.Number("cpuset.mem_hardwall");
        set.MemExclusive = cpuset.Number("cpuset.mem_exclusive");
        set.MemoryMigrate = cpuset.Number("cpuset.memory_migrate");
        set.MemorySpreadPage = cpuset.Number("cpuset.memory_spread_page");
        set.MemorySpreadSlab = cpuset.Number("cpuset.memory_spread_slab");
        set.MemoryPressure = cpuset.Number("cpuset.memory_pressure");
        set.SchedLoadBalance = cpuset.Number("cpuset.sched_load_balance");
        _ = long.TryParse(cpuset.TryRead("cpuset.sched_relax_domain_level"), out set.SchedRelaxDomainLevel);
    }
}
