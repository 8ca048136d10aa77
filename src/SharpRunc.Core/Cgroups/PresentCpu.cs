using System;
using System.Globalization;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// The present content of the CPU files, which others may have written: an update that changes half of a pair keeps the other half.
/// </summary>
/// <param name="IsIdle">Whether the group is idle, in which case the kernel accepts no weight.</param>
/// <param name="Quota">−1: none. null: not known, or in a separate file, as on v1.</param>
/// <param name="Period">null: as for the quota.</param>
internal readonly record struct PresentCpu(bool IsIdle, long? Quota = null, ulong? Period = null)
{
    public static PresentCpu Read(Cgroup cgroup)
    {
        if (cgroup.Find("cpu") is { } cpu)
            return Parse(cpu.TryRead("cpu.idle"), cpuMax: null);
        if (cgroup.UnifiedDirectory is { } unified)
            return Parse(unified.TryRead("cpu.idle"), unified.TryRead("cpu.max"));
        return default;
    }

    /// <param name="cpuMax">cpu.max of v2: "max 100000".</param>
    public static PresentCpu Parse(string? cpuIdle, string? cpuMax)
    {
        bool isIdle = cpuIdle.AsSpan().Trim() is "1";
        ReadOnlySpan<char> text = cpuMax.AsSpan().Trim();
        int space = text.IndexOf(' ');
        if (space < 0 || !ulong.TryParse(text[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ulong period))
            return new(isIdle);
        bool hasQuota = long.TryParse(text[..space], NumberStyles.None, CultureInfo.InvariantCulture, out long quota);
        return new(isIdle, hasQuota ? quota : -1, period);
    }
}
