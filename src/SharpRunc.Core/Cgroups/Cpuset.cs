using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// The cpus and mems of config-linux.md#cpu, whose files are the same on v1 and v2; and what only v1 has: counters, and cgroups that must
/// be filled before they can be joined.
/// </summary>
internal static class Cpuset
{
    public static void Plan(CgroupPlan plan, CpuResources cpu)
    {
        if (!string.IsNullOrEmpty(cpu.Cpus))
            plan.Add("cpuset", "cpuset.cpus", cpu.Cpus, "cpu/cpus");
        if (!string.IsNullOrEmpty(cpu.Mems))
            plan.Add("cpuset", "cpuset.mems", cpu.Mems, "cpu/mems");
    }

    /// <summary>A v1 cpuset starts without CPUs and memory nodes, and cannot be joined (ENOSPC) before it has both.</summary>
    /// <param name="mount">The mount point of the cpuset hierarchy.</param>
    /// <param name="isNew">Just created, and therefore known to be empty.</param>
    public static void Fill(Fd mount, string path, bool isNew)
    {
        Fill(mount, path, "cpuset.cpus", isNew);
        Fill(mount, path, "cpuset.mems", isNew);
    }

    /// <summary>Returns the cgroup's value; an empty one is first filled from the nearest cgroup above that has one.</summary>
    private static byte[] Fill(Fd mount, string path, string file, bool isNew)
    {
        string name = path.Length == 0 ? file : path + "/" + file;
        if (!isNew)
        {
            using Fd readable = Sys.OpenAt(mount, name, O_RDONLY);
            byte[] own = Sys.ReadAll(readable, name);
            // "\n" is an empty set; the root's is never empty.
            if (own.AsSpan().Trim("\n "u8).Length > 0 || path.Length == 0)
                return own;
        }
        byte[] inherited = Fill(mount, CgroupPath.Parent(path), file, isNew: false);
        using Fd writable = Sys.OpenAt(mount, name, O_WRONLY);
        Sys.Write(writable, inherited, name);
        return inherited;
    }

    /// <summary>v1; kernel Documentation/admin-guide/cgroup-v1/cpusets.rst.</summary>
    public static void Read(CgroupDirectory cpuset, Statistics into)
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
