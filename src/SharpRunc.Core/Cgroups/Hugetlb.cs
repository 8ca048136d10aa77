using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// The limits of config-linux.md#huge-page-limits, and the counters; v1 and v2 differ in the last part of the files' names.
/// </summary>
internal static class Hugetlb
{
    public static void Plan(CgroupPlan plan, HugepageLimit[] limits)
    {
        for (int i = 0; i < limits.Length; i++)
        {
            (string size, ulong limit) = limits[i];
            string property = $"hugepageLimits/{i}";
            if (!IsSize(size))
                throw new ContainerException(ErrorCode.ConfigValue, $"pageSize {size}: not a number followed by KB, MB or GB")
                {
                    Pointer = CgroupPlan.At(property + "/pageSize"),
                };
            string file = plan.IsV2 ? "max" : "limit_in_bytes";
            plan.Add("hugetlb", $"hugetlb.{size}.{file}", limit.ToString(), property);
            // "The runtime MUST configure rsvd as well where the kernel has it": a reservation fails at mmap, not by SIGBUS later.
            plan.Add("hugetlb", $"hugetlb.{size}.rsvd.{file}", limit.ToString(), property, WriteFlags.MayBeMissing);
        }
    }

    /// <summary>The size becomes part of a file name, so only the kernel's own form is accepted.</summary>
    private static bool IsSize(string size)
    {
        if (size.Length < 3 || size[^1] != 'B' || size[^2] is not ('K' or 'M' or 'G') || size[0] == '0')
            return false;
        foreach (char digit in size.AsSpan(0, size.Length - 2))
            if (!char.IsAsciiDigit(digit))
                return false;
        return true;
    }

    /// <summary>kernel Documentation/admin-guide/cgroup-v1/hugetlb.rst.</summary>
    public static void ReadV1(CgroupDirectory hugetlb, Statistics into)
    {
        foreach (string size in hugetlb.Between("hugetlb.", ".usage_in_bytes"))
        {
            MemoryUse use = new(
                hugetlb.Number($"hugetlb.{size}.limit_in_bytes"),
                hugetlb.Number($"hugetlb.{size}.usage_in_bytes"),
                hugetlb.Number($"hugetlb.{size}.max_usage_in_bytes"),
                hugetlb.Number($"hugetlb.{size}.failcnt"));
            into.Hugetlb.Add((size, use));
        }
    }

    /// <summary>kernel Documentation/admin-guide/cgroup-v2.rst, "HugeTLB Interface Files".</summary>
    public static void ReadV2(CgroupDirectory cgroup, Statistics into)
    {
        foreach (string size in cgroup.Between("hugetlb.", ".current"))
        {
            MemoryUse use = new(
                cgroup.Number($"hugetlb.{size}.max"),
                cgroup.Number($"hugetlb.{size}.current"),
                0,
                cgroup.Pairs($"hugetlb.{size}.events").Get("max"));
            into.Hugetlb.Add((size, use));
        }
    }
}
