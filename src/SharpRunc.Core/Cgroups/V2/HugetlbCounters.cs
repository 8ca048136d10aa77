namespace SharpRunc.Core.Cgroups.V2;

/// <summary>kernel Documentation/admin-guide/cgroup-v2.rst, "HugeTLB Interface Files".</summary>
internal static class HugetlbCounters
{
    internal static void Read(CgroupDirectory cgroup, Statistics into)
    {
        foreach (string size in cgroup.Between("hugetlb.", ".current"))
            into.Hugetlb.Add((size, new MemoryUse(
                cgroup.Number($"hugetlb.{size}.max"), cgroup.Number($"hugetlb.{size}.current"), 0, cgroup.Pairs($"hugetlb.{size}.events").Of("max"))));
    }
}
