using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Network;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Lifecycle;

/// <summary>
/// The lines of <c>events</c> in the shape that callers of runc read: counters that are 0 are left out, except for limits, fail counts, the
/// two CPU modes and the numbers of the CPU set.
/// </summary>
internal static partial class EventJson
{
    // One row per number of cpuset, between its two lists.
    private static readonly (string Name, Func<CpusetStatistics, ulong> Number)[] CpusetNumbers =
    [
        ("mem_hardwall", set => set.MemHardwall), ("mem_exclusive", set => set.MemExclusive), ("memory_migrate", set => set.MemoryMigrate),
        ("memory_spread_page", set => set.MemorySpreadPage), ("memory_spread_slab", set => set.MemorySpreadSlab),
        ("memory_pressure", set => set.MemoryPressure), ("sched_load_balance", set => set.SchedLoadBalance),
    ];

    // One row per member of blkio.
    private static readonly (string Name, Func<BlockIoStatistics, List<BlockIoEntry>> Entries)[] BlockIoMembers =
    [
        ("ioServiceBytesRecursive", io => io.ServiceBytes),
        ("ioServicedRecursive", io => io.Serviced),
        ("ioQueueRecursive", io => io.Queued),
        ("ioServiceTimeRecursive", io => io.ServiceTime),
        ("ioWaitTimeRecursive", io => io.WaitTime),
        ("ioMergedRecursive", io => io.Merged),
        ("ioTimeRecursive", io => io.Time),
        ("sectorsRecursive", io => io.Sectors),
    ];

    public static ReadOnlyMemory<byte> Oom(string id) => Line("oom", id, null);

    /// <param name="statistics">null: the container has no cgroup, and zeros would be untrue.</param>
    /// <param name="rdt">null: linux.intelRdt is not set.</param>
    /// <param name="interfaces">null: the container's network interfaces are not its own.</param>
    public static ReadOnlyMemory<byte> Stats(
        string id, Statistics? statistics, RdtStatistics? rdt = null, List<InterfaceCounters>? interfaces = null)
        => Line("stats", id, new Usage(statistics, rdt, interfaces));

    private sealed record Usage(Statistics? Cgroup, RdtStatistics? Rdt, List<InterfaceCounters>? Interfaces);

    private static ReadOnlyMemory<byte> Line(string type, string id, Usage? data)
    {
        JsonText json = new();
        json.StartObject();
        json.Member("type", type);
        json.Member("id", id);
        if (data is not null)
            Object(json, "data", data, Data);
        json.EndObject();
        return (byte[])[.. json.Written.Span, (byte)'\n'];
    }

    private static void Data(JsonText json, Usage used)
    {
        if (used.Cgroup is { } statistics)
        {
            Object(json, "cpu", statistics.Cpu, Cpu);
            Object(json, "cpuset", statistics.Cpuset, Cpuset);
            Object(json, "memory", statistics.Memory, Memory);
            Object(json, "pids", statistics, Pids);
            Object(json, "blkio", statistics.BlockIo, BlockIo);
            Object(json, "hugetlb", statistics.Hugetlb, Hugetlb);
        }
        Object(json, "intel_rdt", used.Rdt, Rdt);
        Interfaces(json, used.Interfaces);
    }

    private static void Cpu(JsonText json, CpuStatistics cpu)
    {
        Object(json, "usage", cpu, static (w, usage) =>
        {
            Count(w, "total", usage.Total);
            Counts(w, "percpu", usage.PerCpu);
            Counts(w, "percpu_kernel", usage.PerCpuKernel);
            Counts(w, "percpu_user", usage.PerCpuUser);
            w.Member("kernel", usage.Kernel);
            w.Member("user", usage.User);
        });
        Object(json, "throttling", cpu, static (w, throttling) =>
        {
            Count(w, "periods", throttling.Periods);
            Count(w, "throttledPeriods", throttling.ThrottledPeriods);
            Count(w, "throttledTime", throttling.ThrottledTime);
        });
        Psi(json, cpu.Pressure);
    }

    private static void Cpuset(JsonText json, CpusetStatistics set)
    {
        Counts(json, "cpus", [.. set.Cpus.ConvertAll(static cpu => (ulong)cpu)]);
        json.Member("cpu_exclusive", set.CpuExclusive);
        Counts(json, "mems", [.. set.Mems.ConvertAll(static node => (ulong)node)]);
        foreach ((string name, Func<CpusetStatistics, ulong> number) in CpusetNumbers)
            json.Member(name, number(set));
        json.Member("sched_relax_domain_level", set.SchedRelaxDomainLevel);
    }

    private static void Memory(JsonText json, MemoryStatistics memory)
    {
        Count(json, "cache", memory.Cache);
        Object(json, "usage", memory.Usage, Use);
        Object(json, "swap", memory.Swap, Use);
        Object(json, "kernel", memory.Kernel, Use);
        Object(json, "kernelTCP", memory.KernelTcp, Use);
        if (memory.Raw.Length > 0)
            Object(json, "raw", memory.Raw, static (w, raw) =>
            {
                foreach ((string key, ulong value) in raw)
                    w.Member(key, value);
            });
        Psi(json, memory.Pressure);
    }

    private static void Use(JsonText json, MemoryUse use)
    {
        json.Member("limit", use.Limit);
        Count(json, "usage", use.Usage);
        Count(json, "max", use.Max);
        json.Member("failcnt", use.FailCount);
    }

    private static void Pids(JsonText json, Statistics statistics)
    {
        Count(json, "current", statistics.Pids);
        Count(json, "limit", statistics.PidsLimit);
    }

    private static void Hugetlb(JsonText json, List<(string PageSize, MemoryUse Use)> sizes)
    {
        foreach ((string pageSize, MemoryUse use) in sizes)
            Object(json, pageSize, use, static (w, one) =>
            {
                Count(w, "usage", one.Usage);
                Count(w, "max", one.Max);
                w.Member("failcnt", one.FailCount);
            });
    }

    private static void Psi(JsonText json, Pressure? pressure)
    {
        if (pressure is null)
            return;
        Object(json, "psi", pressure, static (w, psi) =>
        {
            Object(w, "some", psi.Some, PsiLine);
            Object(w, "full", psi.Full, PsiLine);
        });
    }

    private static void PsiLine(JsonText json, PressureLine line)
    {
        Percent(json, "avg10", line.Avg10);
        Percent(json, "avg60", line.Avg60);
        Percent(json, "avg300", line.Avg300);
        json.Member("total", line.Total);
    }

    private static void Percent(JsonText json, string name, double percent)
    {
        json.Name(name);
        json.Value(percent);
    }

    private static void Count(JsonText json, string name, ulong count)
    {
        if (count != 0)
            json.Member(name, count);
    }

    private static void Counts(JsonText json, string name, ulong[] counts)
    {
        if (counts.Length == 0)
            return;
        json.Name(name);
        json.StartArray();
        foreach (ulong count in counts)
            json.Value(count);
        json.EndArray();
    }

    private static void Object<T>(JsonText json, string name, T value, Action<JsonText, T> members)
    {
        json.Name(name);
        json.StartObject();
        members(json, value);
        json.EndObject();
    }

    private static void BlockIo(JsonText json, BlockIoStatistics io)
    {
        foreach ((string name, Func<BlockIoStatistics, List<BlockIoEntry>> entries) in BlockIoMembers)
            if (entries(io) is { Count: > 0 } list)
            {
                json.Name(name);
                json.StartArray();
                foreach (BlockIoEntry entry in list)
                    Entry(json, entry);
                json.EndArray();
            }
        Psi(json, io.Pressure);
    }

    private static void Entry(JsonText json, BlockIoEntry entry)
    {
        json.StartObject();
        Count(json, "major", entry.Major);
        Count(json, "minor", entry.Minor);
        if (entry.Operation.Length > 0)
            json.Member("op", entry.Operation);
        Count(json, "value", entry.Value);
        json.EndObject();
    }
}
