using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

/// <summary>config-linux.md#huge-page-limits.</summary>
internal static class Hugetlb
{
    internal static void Plan(CgroupPlan plan, HugepageLimit[] limits)
    {
        for (int i = 0; i < limits.Length; i++)
        {
            (string size, ulong limit) = limits[i];
            string property = $"hugepageLimits/{i}";
            if (!IsSize(size))
                throw new ContainerException($"pageSize {size}: not a number followed by KB, MB or GB") { Pointer = CgroupPlan.At(property + "/pageSize") };
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
}
