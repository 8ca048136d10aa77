using System.Globalization;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>config-linux.md#cpu on v1. Times in microseconds.</summary>
internal static class Cpu
{
    // kernel/sched/sched.h MIN_SHARES, MAX_SHARES: the kernel clamps silently, so the container would get a different value.
    private const ulong MinShares = 2, MaxShares = 262144;

    internal static void Plan(CgroupPlan plan, CpuResources cpu)
    {
        if (cpu.RealtimePeriod is { } realtimePeriod and not 0)
            plan.Add("cpu", "cpu.rt_period_us", Text(realtimePeriod), "cpu/realtimePeriod", WriteFlags.OrLater);
        if (cpu.RealtimeRuntime is { } realtimeRuntime and not 0)
            plan.Add("cpu", "cpu.rt_runtime_us", realtimeRuntime, "cpu/realtimeRuntime");
        if (cpu.Shares is { } shares and not 0)
        {
            if (shares < MinShares)
                throw CgroupPlan.CannotExpress("cpu/shares", $"{shares}: the minimum allowed cpu-shares is {MinShares}");
            if (shares > MaxShares)
                throw CgroupPlan.CannotExpress("cpu/shares", $"{shares}: the maximum allowed cpu-shares is {MaxShares}");
            plan.Add("cpu", "cpu.shares", Text(shares), "cpu/shares", WriteFlags.OrLater);
        }
        if (cpu.Period is { } period and not 0)
            plan.Add("cpu", "cpu.cfs_period_us", Text(period), "cpu/period", WriteFlags.OrLater);
        if (cpu.Burst is { } burst)
            plan.Add("cpu", "cpu.cfs_burst_us", Text(burst), "cpu/burst", WriteFlags.OrLater);
        if (cpu.Quota is { } quota and not 0)
            plan.Add("cpu", "cpu.cfs_quota_us", quota, "cpu/quota");
        if (cpu.Idle is { } idle)
            plan.Add("cpu", "cpu.idle", idle, "cpu/idle");
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
