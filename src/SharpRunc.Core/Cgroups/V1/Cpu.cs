using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>
/// CPU time on v1: the limits of config-linux.md#cpu, in microseconds, and the counters, which a second controller, cpuacct, completes.
/// </summary>
internal static class Cpu
{
    // kernel/sched/sched.h MIN_SHARES, MAX_SHARES: the kernel clamps silently, so the container would get a different value.
    private const ulong MinShares = 2, MaxShares = 262144;

    // cpuacct.stat is in clock ticks, which Linux reports as 100 per second on every machine.
    private const ulong NanosecondsPerTick = 10_000_000;

    public static void Plan(CgroupPlan plan, CpuResources cpu)
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

    /// <summary>The cpu controller; kernel Documentation/scheduler/sched-bwc.rst: throttled_time is in nanoseconds.</summary>
    public static void Read(CgroupDirectory cpu, Statistics into)
    {
        KeyValuePair<string, ulong>[] stat = cpu.Pairs("cpu.stat");
        into.Cpu.Periods = stat.Get("nr_periods");
        into.Cpu.ThrottledPeriods = stat.Get("nr_throttled");
        into.Cpu.ThrottledTime = stat.Get("throttled_time");
    }

    /// <summary>The cpuacct controller; kernel Documentation/admin-guide/cgroup-v1/cpuacct.rst.</summary>
    public static void ReadAccounting(CgroupDirectory cpuacct, Statistics into)
    {
        KeyValuePair<string, ulong>[] stat = cpuacct.Pairs("cpuacct.stat");
        into.Cpu.User = stat.Get("user") * NanosecondsPerTick;
        into.Cpu.Kernel = stat.Get("system") * NanosecondsPerTick;
        into.Cpu.Total = cpuacct.Number("cpuacct.usage");
        if (cpuacct.Lines("cpuacct.usage_percpu") is [var each, ..])
            into.Cpu.PerCpu = Array.ConvertAll(each, CounterFiles.Number);
        // "cpu user system", then one such line per CPU; vendors' kernels add columns.
        string[][] all = Array.FindAll(cpuacct.Lines("cpuacct.usage_all"),
            static fields => fields.Length >= 3 && char.IsAsciiDigit(fields[0][0]));
        into.Cpu.PerCpuUser = Array.ConvertAll(all, static fields => CounterFiles.Number(fields[1]));
        into.Cpu.PerCpuKernel = Array.ConvertAll(all, static fields => CounterFiles.Number(fields[2]));
    }
}
