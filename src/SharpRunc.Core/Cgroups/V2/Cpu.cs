using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V2;

/// <summary>CPU time on v2: the limits of config-linux.md#cpu, in microseconds, and the counters.</summary>
internal static class Cpu
{
    private const ulong DefaultPeriod = 100_000;
    private const ulong NanosecondsPerMicrosecond = 1000;

    public static void Plan(CgroupPlan plan, CpuResources cpu)
    {
        if (cpu.RealtimeRuntime is not (null or 0))
            throw CgroupPlan.CannotExpress("cpu/realtimeRuntime", "has no counterpart in cgroup v2");
        if (cpu.RealtimePeriod is not (null or 0))
            throw CgroupPlan.CannotExpress("cpu/realtimePeriod", "has no counterpart in cgroup v2");

        // An idle group refuses weights: one that leaves idle gets its weight afterwards.
        if (cpu.Shares is { } shares and not 0)
            plan.Add("cpu", "cpu.weight", Weight(shares), "cpu/shares", WriteFlags.OrLater);
        if (cpu.Idle is { } idle)
            plan.Add("cpu", "cpu.idle", idle, "cpu/idle");
        if (cpu.Burst is { } burst)
            plan.Add("cpu", "cpu.max.burst", burst.ToString(CultureInfo.InvariantCulture), "cpu/burst", WriteFlags.OrLater);
        long quota = cpu.Quota ?? 0;
        ulong period = cpu.Period ?? 0;
        if (quota != 0 || period != 0)
            plan.Add("cpu", "cpu.max", Max(quota, period), quota != 0 ? "cpu/quota" : "cpu/period");
    }

    /// <summary>The file takes both values at once; 0 means "not set".</summary>
    private static string Max(long quota, ulong period)
    {
        string time = quota > 0 ? quota.ToString(CultureInfo.InvariantCulture) : "max";
        return $"{time} {(period != 0 ? period : DefaultPeriod)}";
    }

    /// <summary>
    /// Shares 2, 1024, 262144 become weights 1, 100, 10000; values between follow 10^((l² + 125 l − 126) / 612), l = log2 of the shares.
    /// Runtimes agreed on this curve in 2025, because the linear mapping gave the default of 1024 a weight of only 39.
    /// </summary>
    public static long Weight(ulong shares)
    {
        if (shares <= 2)
            return 1;
        if (shares >= 262144)
            return 10000;
        double l = Math.Log2(shares);
        // A single division, so that the default's exponent is exactly 2.0 and the result is not rounded up to 101.
        return (long)Math.Ceiling(Math.Pow(10, (l * l + 125 * l - 126) / 612));
    }

    /// <summary>kernel Documentation/admin-guide/cgroup-v2.rst, cpu.stat: microseconds.</summary>
    public static void Read(CgroupDirectory cgroup, Statistics into)
    {
        KeyValuePair<string, ulong>[] stat = cgroup.Pairs("cpu.stat");
        into.Cpu.Total = stat.Get("usage_usec") * NanosecondsPerMicrosecond;
        into.Cpu.User = stat.Get("user_usec") * NanosecondsPerMicrosecond;
        into.Cpu.Kernel = stat.Get("system_usec") * NanosecondsPerMicrosecond;
        into.Cpu.Periods = stat.Get("nr_periods");
        into.Cpu.ThrottledPeriods = stat.Get("nr_throttled");
        into.Cpu.ThrottledTime = stat.Get("throttled_usec") * NanosecondsPerMicrosecond;
        into.Cpu.Pressure = cgroup.Pressure("cpu.pressure");
    }
}
