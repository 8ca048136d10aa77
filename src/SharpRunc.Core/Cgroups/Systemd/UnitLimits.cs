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
    internal const ulong IdleWeight = 0;

    /// <summary>A limit that is not set yields no property; one that was set before stays.</summary>
    /// <param name="hasBfq">The kernel schedules by BFQ's weights, which systemd derives from its own.</param>
    public static List<UnitProperty> From(Resources resources, CgroupLayout layout, bool hasBfq)
    {
        List<UnitProperty> properties = [];
        bool isV2 = layout.Kind == CgroupKind.V2;
        if (resources.Memory is { } memory)
            (isV2 ? (Action<List<UnitProperty>, MemoryResources>)MemoryV2 : MemoryV1)(properties, memory);
        if (resources.Cpu is { } cpu)
            Cpu(properties, cpu, isV2);
        if (resources.Pids?.Limit is { } pids)
            properties.Add(Tasks(pids));
        if (resources.BlockIo?.Weight is { } weight and not 0)
            properties.Add(isV2 ? new("IOWeight", hasBfq ? OfBfq(weight) : (ulong)V2.BlockIo.Weight(weight)) : new("BlockIOWeight", (ulong)weight));
        if (isV2)
            foreach ((string file, string content) in resources.Unified)
                UnitUnified.Add(properties, file, content.Trim());
        return properties;
    }

    /// <summary>systemd has no TasksMax of 0. Its 1 is equivalent, because the process that is inside is that one.</summary>
    internal static UnitProperty Tasks(long limit) => UnitProperty.Limit("TasksMax", limit == 0 ? 1 : limit);

    /// <summary>The mask as bytes; the lowest CPU or node is the lowest bit of the first byte.</summary>
    internal static UnitProperty Set(string name, string list, int limit)
    {
        ReadOnlySpan<byte> mask = NumberList.TryParse(list, limit)
            ?? throw new ContainerException($"{name} of systemd takes numbers only; got \"{list}\"") { Pointer = CgroupPlan.At(limit == KernelNames.MaxCpus ? "cpu/cpus" : "cpu/mems") };
        return new(name, DBusValue.Array("y", Array.ConvertAll(mask.TrimEnd((byte)0).ToArray(), DBusValue.Byte)), CpusetSince);
    }

    internal static void Quota(List<UnitProperty> properties, long quota, ulong period)
    {
        properties.Add(new("CPUQuotaPerSecUSec", CpuQuota.PerSecond(quota, period)));
        if (period != 0)
            properties.Add(new("CPUQuotaPeriodUSec", period, QuotaPeriodSince));
    }

    /// <summary>
    /// The inverse of BFQ_WEIGHT in systemd's basic/cgroup-util.h: io.bfq.weight equals IOWeight up to 100, and above that grows by one per
    /// eleven.
    /// </summary>
    private static ulong OfBfq(ushort weight) => weight <= 100 ? weight : 100 + (weight - 100ul) * 11;

    internal static void Idle(List<UnitProperty> properties) => properties.Add(new("CPUWeight", IdleWeight, IdleSince));

    private static void MemoryV2(List<UnitProperty> properties, MemoryResources memory)
    {
        if (memory.Limit is { } limit and not 0)
            properties.Add(UnitProperty.Limit("MemoryMax", limit));
        if (memory.Reservation is { } reservation and not 0)
            properties.Add(UnitProperty.Limit("MemoryLow", reservation));
        if (V2.Memory.SwapMax(memory.Limit ?? 0, memory.Swap ?? 0) is { } swap)
            properties.Add(new("MemorySwapMax", swap == "max" ? UnitProperty.Infinity : ulong.Parse(swap, CultureInfo.InvariantCulture)));
    }

    private static void MemoryV1(List<UnitProperty> properties, MemoryResources memory)
    {
        if (memory.Limit is { } limit and not 0)
            properties.Add(UnitProperty.Limit("MemoryLimit", limit));
    }

    private static void Cpu(List<UnitProperty> properties, CpuResources cpu, bool isV2)
    {
        if (isV2 && cpu.Idle == 1)
            Idle(properties);
        else if (cpu.Shares is { } shares and not 0)
            properties.Add(isV2 ? new("CPUWeight", (ulong)V2.Cpu.Weight(shares)) : new("CPUShares", shares));
        else if (isV2 && cpu.Idle == 0)
            properties.Add(new("CPUWeight", UnitProperty.Infinity)); // not set: this property also makes a group idle
        if (cpu.Quota is not (null or 0) || cpu.Period is not (null or 0))
            Quota(properties, cpu.Quota ?? 0, cpu.Period ?? 0);
        if (!isV2)
            return; // on v1 systemd leaves cpuset alone
        if (!string.IsNullOrEmpty(cpu.Cpus))
            properties.Add(Set("AllowedCPUs", cpu.Cpus, KernelNames.MaxCpus));
        if (!string.IsNullOrEmpty(cpu.Mems))
            properties.Add(Set("AllowedMemoryNodes", cpu.Mems, KernelNames.MaxNodes));
    }
}
