using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>CPUQuotaPerSecUSec: what systemd keeps of a quota is microseconds a second, in whole percent of a processor.</summary>
internal static class CpuQuota
{
    public const ulong DefaultPeriod = 100_000;

    private const ulong Second = 1_000_000, Percent = Second / 100;

    /// <summary>Rounded up to the percent, so that cgroups below may still be given what was asked for; no quota is infinity.</summary>
    /// <param name="period">Microseconds; 0: the kernel's default.</param>
    public static ulong PerSecond(long quota, ulong period)
        => quota <= 0 ? UnitProperty.Infinity
            : (ulong)((((UInt128)(ulong)quota * Second / (period == 0 ? DefaultPeriod : period)) + Percent - 1) / Percent * Percent);

    /// <summary>
    /// The same limits with the quota that systemd will write, which it does again at each reload: the cgroup's file must not hold
    /// one value now and another then. Without a quota it writes the default period: the one that was asked for is in the file, checked by the
    /// kernel, until systemd reloads.
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
