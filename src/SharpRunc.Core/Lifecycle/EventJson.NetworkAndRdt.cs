using System;
using System.Collections.Generic;
using SharpRunc.Core.Network;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Lifecycle;

// What is counted outside of the cgroup.
internal static partial class EventJson
{
    // One row per number.
    private static readonly (string Name, Func<InterfaceCounters, ulong> Number)[] InterfaceMembers =
    [
        ("RxBytes", one => one.RxBytes),
        ("RxPackets", one => one.RxPackets),
        ("RxErrors", one => one.RxErrors),
        ("RxDropped", one => one.RxDropped),
        ("TxBytes", one => one.TxBytes),
        ("TxPackets", one => one.TxPackets),
        ("TxErrors", one => one.TxErrors),
        ("TxDropped", one => one.TxDropped),
    ];

    // network_interfaces, in the shape of runc's types.NetworkInterface, whose members have only their Go names.
    private static void Interfaces(JsonText json, List<InterfaceCounters>? interfaces)
    {
        if (interfaces is { Count: > 0 })
            List(json, "network_interfaces", interfaces, Interface);
        else
            json.Member("network_interfaces", (string?)null);
    }

    private static void Interface(JsonText json, InterfaceCounters counters)
    {
        json.StartObject();
        json.Member("Name", counters.Name);
        foreach ((string name, Func<InterfaceCounters, ulong> number) in InterfaceMembers)
            json.Member(name, number(counters));
        json.EndObject();
    }

    // intel_rdt, in the shape of runc's types.IntelRdt: what the kernel does not support is left out.
    private static void Rdt(JsonText json, RdtStatistics? rdt)
    {
        if (rdt is null)
            return;
        if (rdt.L3Cache is { } cache)
            Object(json, "l3_cache_info", cache, static (w, info) =>
            {
                Word(w, "cbm_mask", info.CbmMask);
                Count(w, "min_cbm_bits", info.MinCbmBits);
                Count(w, "num_closids", info.NumClosids);
            });
        Word(json, "l3_cache_schema_root", rdt.L3CacheSchemaRoot);
        Word(json, "l3_cache_schema", rdt.L3CacheSchema);
        if (rdt.MemoryBandwidth is { } bandwidth)
            Object(json, "mem_bw_info", bandwidth, static (w, info) =>
            {
                Count(w, "bandwidth_gran", info.BandwidthGran);
                Count(w, "delay_linear", info.DelayLinear);
                Count(w, "min_bandwidth", info.MinBandwidth);
                Count(w, "num_closids", info.NumClosids);
            });
        Word(json, "mem_bw_schema_root", rdt.MemBwSchemaRoot);
        Word(json, "mem_bw_schema", rdt.MemBwSchema);
        if (rdt.Schemata.Length > 0)
            List(json, "schemata", rdt.Schemata, static (w, line) => w.Value(line));
        if (rdt.CountsBandwidth)
            List(json, "mbm_stats", rdt.Caches, Bandwidth);
        if (rdt.CountsOccupancy)
            List(json, "cmt_stats", rdt.Caches, Occupancy);
    }

    private static void Bandwidth(JsonText json, CacheCounters cache)
    {
        json.StartObject();
        json.Member("mbm_total_bytes", cache.MbmTotalBytes);
        json.Member("mbm_local_bytes", cache.MbmLocalBytes);
        json.EndObject();
    }

    private static void Occupancy(JsonText json, CacheCounters cache)
    {
        json.StartObject();
        json.Member("llc_occupancy", cache.LlcOccupancy);
        json.EndObject();
    }

    private static void Word(JsonText json, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            json.Member(name, text);
    }

    private static void List<T>(JsonText json, string name, IReadOnlyList<T> items, Action<JsonText, T> write)
    {
        json.Name(name);
        json.StartArray();
        foreach (T item in items)
            write(json, item);
        json.EndArray();
    }
}
