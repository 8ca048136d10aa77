namespace SharpRunc.Core.Cgroups.V1;

/// <summary>kernel Documentation/admin-guide/cgroup-v1/hugetlb.rst.</summary>
internal static class HugetlbCounters
{
    internal static void Read(CgroupDirectory hugetlb, Statistics into)
    {
        foreach (string size in hugetlb.Between("hugetlb.", ".usage_in_bytes"))
            into.Hugetlb.Add((size, new MemoryUse(
                hugetlb.Number($"hugetlb.{size}.limit_in_bytes"),
                hugetlb.Number($"hugetlb.{size}.usage_in_bytes"),
                hugetlb.Number($"hugetlb.{size}.max_usage_in_bytes"),
                hugetlb.Number($"hugetlb.{size}.failcnt"))));
    }
}
