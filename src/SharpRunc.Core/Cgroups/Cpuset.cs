using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

/// <summary>config-linux.md#cpu, cpus and mems; the files are the same on v1 and v2.</summary>
internal static class Cpuset
{
    internal static void Plan(CgroupPlan plan, CpuResources cpu)
    {
        if (!string.IsNullOrEmpty(cpu.Cpus))
            plan.Add("cpuset", "cpuset.cpus", cpu.Cpus, "cpu/cpus");
        if (!string.IsNullOrEmpty(cpu.Mems))
            plan.Add("cpuset", "cpuset.mems", cpu.Mems, "cpu/mems");
    }
}
