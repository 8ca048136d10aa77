using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>
/// linux.resources.unified as a unit's properties, for the files that systemd has a property for. A value that cannot be parsed here is
/// left to the kernel, whose refusal names the property.
/// </summary>
internal static class UnitUnified
{
    private delegate void Adder(List<UnitProperty> properties, string content);

    private static readonly (string File, Adder Add)[] Table =
    [
        ("cpu.idle", static (properties, content) => { if (content == "1") UnitLimits.Idle(properties); }),
        ("cpu.weight", static (properties, content) => Number(properties, "CPUWeight", content)),
        ("cpu.max", CpuMax),
        ("cpuset.cpus", static (properties, content) => List(properties, "AllowedCPUs", content, KernelNames.MaxCpus)),
        ("cpuset.mems", static (properties, content) => List(properties, "AllowedMemoryNodes", content, KernelNames.MaxNodes)),
        ("io.weight", static (properties, content) => Number(properties, "IOWeight", content.StartsWith("default ", StringComparison.Ordinal) ? content["default ".Length..] : content)),
        ("memory.min", static (properties, content) => Number(properties, "MemoryMin", content)),
        ("memory.low", static (properties, content) => Number(properties, "MemoryLow", content)),
        ("memory.high", static (properties, content) => Number(properties, "MemoryHigh", content)),
        ("memory.max", static (properties, content) => Number(properties, "MemoryMax", content)),
        ("memory.swap.max", static (properties, content) => Number(properties, "MemorySwapMax", content)),
        ("pids.max", static (properties, content) => { if (TryNumber(content, out ulong limit)) properties.Add(UnitLimits.Tasks(limit > long.MaxValue ? -1 : (long)limit)); }),
    ];

    public static void Add(List<UnitProperty> properties, string file, string content)
    {
        foreach ((string known, Adder add) in Table)
            if (known == file)
                add(properties, content);
    }

    private static void Number(List<UnitProperty> properties, string name, string content)
    {
        if (TryNumber(content, out ulong number))
            properties.Add(new(name, number));
    }

    private static void List(List<UnitProperty> properties, string name, string content, int limit)
    {
        if (NumberList.TryParse(content, limit) is not null)
            properties.Add(UnitLimits.Set(name, content, limit));
    }

    /// <summary>"max", "max 100000", "50000" and "50000 100000".</summary>
    private static void CpuMax(List<UnitProperty> properties, string content)
    {
        string[] parts = content.Split(' ');
        ulong period = CpuQuota.DefaultPeriod;
        if (parts.Length is 1 or 2 && TryNumber(parts[0], out ulong quota) && (parts.Length == 1 || TryNumber(parts[1], out period) && period > 0))
            UnitLimits.Quota(properties, quota > long.MaxValue ? -1 : (long)quota, period);
    }

    private static bool TryNumber(string text, out ulong number)
    {
        number = UnitProperty.Infinity;
        return text == "max" || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
