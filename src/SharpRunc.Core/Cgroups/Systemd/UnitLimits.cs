using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Spec;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>
/// linux.resources as a unit's properties (systemd.resource-control(5)). They are all written to the cgroup's files too, which cover more.
/// systemd must know as many as it can, because it rewrites these files from its own settings when it reloads.
/// </summary>
internal static class UnitLimits
{
    /// <summary>The versions of systemd that introduced the more recent properties.</summary>
    private const int QuotaPeriodSince = 242, CpusetSince = 244, IdleSince = 252;

    /// <summary>CPUWeight of an idle group.</summary>
    private const ulong IdleWeight = 0;

    private delegate void Adder(List<UnitProperty> properties, string content);

    // The files of linux.resources.unified that systemd has a property for.
    private static readonly (string File, Adder Add)[] Files =
    [
        ("cpu.idle", AddIdle),
        ("cpu.weight", static (properties, content) => AddNumber(properties, "CPUWeight", content)),
        ("cpu.max", AddCpuMax),
        ("cpuset.cpus", static (properties, content) => AddList(properties, "AllowedCPUs", content, KernelNames.MaxCpus)),
        ("cpuset.mems", static (properties, content) => AddList(properties, "AllowedMemoryNodes", content, KernelNames.MaxNodes)),
        ("io.weight", AddIoWeight),
        ("memory.min", static (properties, content) => AddNumber(properties, "MemoryMin", content)),
        ("memory.low", static (properties, content) => AddNumber(properties, "MemoryLow", content)),
        ("memory.high", static (properties, content) => AddNumber(properties, "MemoryHigh", content)),
        ("memory.max", static (properties, content) => AddNumber(properties, "MemoryMax", content)),
        ("memory.swap.max", static (properties, content) => AddNumber(properties, "MemorySwapMax", content)),
        ("pids.max", AddPidsMax),
    ];

    /// <summary>A limit that is not set yields no property; one that was set before stays.</summary>
    /// <param name="hasBfq">The kernel schedules by BFQ's weights, which systemd derives from its own.</param>
    public static List<UnitProperty> From(Resources resources, CgroupLayout layout, bool hasBfq)
    {
        List<UnitProperty> properties = [];
        bool isV2 = layout.Kind == CgroupKind.V2;
        if (resources.Memory is { } memory)
            AddMemory(properties, memory, isV2);
        if (resources.Cpu is { } cpu)
            AddCpu(properties, cpu, isV2);
        if (resources.Pids?.Limit is { } pids)
            properties.Add(Tasks(pids));
        if (resources.BlockIo?.Weight is { } weight and not 0)
            properties.Add(isV2 ? new("IOWeight", IoWeight(weight, hasBfq)) : new("BlockIOWeight", (ulong)weight));
        if (isV2)
            foreach ((string file, string content) in resources.Unified)
                AddFile(properties, file, content.Trim());
        return properties;
    }

    /// <summary>systemd has no TasksMax of 0. Its 1 is equivalent, because the process that is inside is that one.</summary>
    private static UnitProperty Tasks(long limit) => UnitProperty.Limit("TasksMax", limit == 0 ? 1 : limit);

    /// <summary>The mask as bytes; the lowest CPU or node is the lowest bit of the first byte.</summary>
    private static UnitProperty Set(string name, string list, int limit)
    {
        ReadOnlySpan<byte> mask = NumberList.TryParse(list, limit)
            ?? throw new ContainerException(ErrorCode.SystemdValue, $"systemd's {name} accepts numbers only; got \"{list}\"")
            {
                Pointer = CgroupPlan.At(limit == KernelNames.MaxCpus ? "cpu/cpus" : "cpu/mems"),
            };
        return new(name, DBusValue.Array("y", Array.ConvertAll(mask.TrimEnd((byte)0).ToArray(), DBusValue.Byte)), CpusetSince);
    }

    private static void AddQuota(List<UnitProperty> properties, long quota, ulong period)
    {
        properties.Add(new("CPUQuotaPerSecUSec", CpuQuota.PerSecond(quota, period)));
        if (period != 0)
            properties.Add(new("CPUQuotaPeriodUSec", period, QuotaPeriodSince));
    }

    /// <summary>
    /// The inverse of BFQ_WEIGHT in systemd's basic/cgroup-util.h: io.bfq.weight equals IOWeight up to 100, and above that grows by one per
    /// eleven.
    /// </summary>
    private static ulong BfqWeight(ushort weight) => weight <= 100 ? weight : 100 + (weight - 100ul) * 11;

    private static ulong IoWeight(ushort weight, bool hasBfq) => hasBfq ? BfqWeight(weight) : (ulong)V2.BlockIo.Weight(weight);

    private static void AddIdle(List<UnitProperty> properties) => properties.Add(new("CPUWeight", IdleWeight, IdleSince));

    private static void AddMemory(List<UnitProperty> properties, MemoryResources memory, bool isV2)
    {
        if (memory.Limit is { } limit and not 0)
            properties.Add(UnitProperty.Limit(isV2 ? "MemoryMax" : "MemoryLimit", limit));
        if (!isV2)
            return; // systemd knows no other limit there
        if (memory.Reservation is { } reservation and not 0)
            properties.Add(UnitProperty.Limit("MemoryLow", reservation));
        if (V2.Memory.SwapMax(memory.Limit ?? 0, memory.Swap ?? 0) is { } swap)
            properties.Add(new("MemorySwapMax", swap == "max" ? UnitProperty.Infinity : ulong.Parse(swap, CultureInfo.InvariantCulture)));
    }

    private static void AddCpu(List<UnitProperty> properties, CpuResources cpu, bool isV2)
    {
        if (isV2 && cpu.Idle == 1)
            AddIdle(properties);
        else if (cpu.Shares is { } shares and not 0)
            properties.Add(isV2 ? new("CPUWeight", (ulong)V2.Cpu.Weight(shares)) : new("CPUShares", shares));
        else if (isV2 && cpu.Idle == 0)
            properties.Add(new("CPUWeight", UnitProperty.Infinity)); // not set: this property also makes a group idle
        if (cpu.Quota is not (null or 0) || cpu.Period is not (null or 0))
            AddQuota(properties, cpu.Quota ?? 0, cpu.Period ?? 0);
        if (!isV2)
            return; // on v1 systemd leaves cpuset alone
        if (!string.IsNullOrEmpty(cpu.Cpus))
            properties.Add(Set("AllowedCPUs", cpu.Cpus, KernelNames.MaxCpus));
        if (!string.IsNullOrEmpty(cpu.Mems))
            properties.Add(Set("AllowedMemoryNodes", cpu.Mems, KernelNames.MaxNodes));
    }

    /// <summary>
    /// One file of linux.resources.unified. A value that cannot be parsed here is left to the kernel, whose refusal names the property.
    /// </summary>
    private static void AddFile(List<UnitProperty> properties, string file, string content)
    {
        foreach ((string known, Adder add) in Files)
            if (known == file)
                add(properties, content);
    }

    private static void AddNumber(List<UnitProperty> properties, string name, string content)
    {
        if (TryNumber(content, out ulong number))
            properties.Add(new(name, number));
    }

    private static void AddList(List<UnitProperty> properties, string name, string content, int limit)
    {
        if (NumberList.TryParse(content, limit) is not null)
            properties.Add(Set(name, content, limit));
    }

    private static void AddIdle(List<UnitProperty> properties, string content)
    {
        if (content == "1")
            AddIdle(properties);
    }

    private static void AddIoWeight(List<UnitProperty> properties, string content)
    {
        const string AllDevices = "default ";
        bool isOfAll = content.StartsWith(AllDevices, StringComparison.Ordinal);
        AddNumber(properties, "IOWeight", isOfAll ? content[AllDevices.Length..] : content);
    }

    private static void AddPidsMax(List<UnitProperty> properties, string content)
    {
        if (TryNumber(content, out ulong limit))
            properties.Add(Tasks(Signed(limit)));
    }

    /// <summary>"max", "max 100000", "50000" and "50000 100000".</summary>
    private static void AddCpuMax(List<UnitProperty> properties, string content)
    {
        string[] parts = content.Split(' ');
        if (parts.Length > 2 || !TryNumber(parts[0], out ulong quota))
            return;
        ulong period = CpuQuota.DefaultPeriod;
        if (parts.Length == 2 && (!TryNumber(parts[1], out period) || period == 0))
            return;
        AddQuota(properties, Signed(quota), period);
    }

    private static bool TryNumber(string text, out ulong number)
    {
        number = UnitProperty.Infinity;
        return text == "max" || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>−1: no limit.</summary>
    private static long Signed(ulong limit) => limit > long.MaxValue ? -1 : (long)limit;
}

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
