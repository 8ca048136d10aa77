using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>CPUQuotaPerSecUSec: systemd stores a quota as microseconds per second, in whole percent of a CPU.</summary>
internal static class CpuQuota
{
    public const ulong DefaultPeriod = 100_000;

    private const ulong Second = 1_000_000, Percent = Second / 100;

    /// <summary>Rounded up to a whole percent, so that cgroups below can still get the requested quota; no quota is infinity.</summary>
    /// <param name="period">Microseconds; 0: the kernel's default.</param>
    public static ulong PerSecond(long quota, ulong period)
        => quota <= 0 ? UnitProperty.Infinity
            : (ulong)((((UInt128)(ulong)quota * Second / (period == 0 ? DefaultPeriod : period)) + Percent - 1) / Percent * Percent);

    /// <summary>
    /// The same limits with the quota as systemd will write it. systemd writes it again at each reload, and the value in the cgroup's file
    /// must not change then. Without a quota systemd writes the default period: the requested period, checked by the kernel, stays in the
    /// file until systemd reloads.
    /// </summary>
    public static Resources? Rounded(Resources? resources)
    {
        if (resources?.Cpu is not { } cpu || cpu is { Quota: null or 0, Period: null or 0 })
            return resources;
        if (cpu.Quota is not > 0)
            return resources with { Cpu = cpu with { Quota = -1, Period = cpu.Period is null or 0 ? DefaultPeriod : cpu.Period } };
        ulong period = cpu.Period is null or 0 ? DefaultPeriod : cpu.Period.Value;
        return resources with { Cpu = cpu with { Quota = (long)((UInt128)PerSecond(cpu.Quota.Value, period) * period / Second) } };
    }
}
