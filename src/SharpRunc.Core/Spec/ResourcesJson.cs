using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>Writes config-linux.md#control-groups as <see cref="ResourcesReader"/> reads it, without the devices.</summary>
internal static class ResourcesJson
{
    public static ReadOnlyMemory<byte> Write(Resources resources)
    {
        JsonText json = new();
        json.StartObject();
        Object(json, "memory", resources.Memory, Memory);
        Object(json, "cpu", resources.Cpu, Cpu);
        Object(json, "pids", resources.Pids, static (w, pids) => Member(w, "limit", pids.Limit));
        Object(json, "blockIO", resources.BlockIo, BlockIo);
        Array(json, "hugepageLimits", resources.HugepageLimits, static (w, limit) =>
        {
            w.Member("pageSize", limit.PageSize);
            Member(w, "limit", limit.Limit);
        });
        Object(json, "network", resources.Network, Network);
        Map(json, "rdma", resources.Rdma, Rdma);
        Map(json, "unified", resources.Unified, static (w, value) => w.Value(value));
        json.EndObject();
        return json.Written;
    }

    /// <summary>Whether no value is set, even if there are empty objects.</summary>
    public static bool IsEmpty(Resources resources)
    {
        ReadOnlySpan<byte> json = Write(resources).Span;
        for (int i = 0; i < json.Length; i++)
            if (json[i] == ':' && json[i + 1] is not ((byte)'{' or (byte)'['))
                return false;
        return true;
    }

    private static void Memory(JsonText json, MemoryResources memory)
    {
        Member(json, "limit", memory.Limit);
        Member(json, "reservation", memory.Reservation);
        Member(json, "swap", memory.Swap);
        Member(json, "kernel", memory.Kernel);
        Member(json, "kernelTCP", memory.KernelTcp);
        Member(json, "swappiness", memory.Swappiness);
        Member(json, "disableOOMKiller", memory.DisableOomKiller);
        Member(json, "useHierarchy", memory.UseHierarchy);
        Member(json, "checkBeforeUpdate", memory.CheckBeforeUpdate);
    }

    private static void Cpu(JsonText json, CpuResources cpu)
    {
        Member(json, "shares", cpu.Shares);
        Member(json, "quota", cpu.Quota);
        Member(json, "burst", cpu.Burst);
        Member(json, "period", cpu.Period);
        Member(json, "realtimeRuntime", cpu.RealtimeRuntime);
        Member(json, "realtimePeriod", cpu.RealtimePeriod);
        if (cpu.Cpus is not null)
            json.Member("cpus", cpu.Cpus);
        if (cpu.Mems is not null)
            json.Member("mems", cpu.Mems);
        Member(json, "idle", cpu.Idle);
    }

    private static void BlockIo(JsonText json, BlockIoResources io)
    {
        Member(json, "weight", io.Weight);
        Member(json, "leafWeight", io.LeafWeight);
        Array(json, "weightDevice", io.WeightDevice, static (w, device) =>
        {
            w.Member("major", device.Major);
            w.Member("minor", device.Minor);
            Member(w, "weight", device.Weight);
            Member(w, "leafWeight", device.LeafWeight);
        });
        Array(json, "throttleReadBpsDevice", io.ThrottleReadBpsDevice, Throttle);
        Array(json, "throttleWriteBpsDevice", io.ThrottleWriteBpsDevice, Throttle);
        Array(json, "throttleReadIOPSDevice", io.ThrottleReadIopsDevice, Throttle);
        Array(json, "throttleWriteIOPSDevice", io.ThrottleWriteIopsDevice, Throttle);
    }

    private static void Throttle(JsonText json, ThrottleDevice device)
    {
        json.Member("major", device.Major);
        json.Member("minor", device.Minor);
        Member(json, "rate", device.Rate);
    }

    private static void Network(JsonText json, NetworkResources network)
    {
        Member(json, "classID", network.ClassId);
        Array(json, "priorities", network.Priorities, static (w, priority) =>
        {
            w.Member("name", priority.Name);
            w.Member("priority", priority.Priority);
        });
    }

    private static void Rdma(JsonText json, RdmaLimit limit)
    {
        json.StartObject();
        Member(json, "hcaHandles", limit.HcaHandles);
        Member(json, "hcaObjects", limit.HcaObjects);
        json.EndObject();
    }

    private static void Object<T>(JsonText json, string name, T? value, Action<JsonText, T> members) where T : class
    {
        if (value is null)
            return;
        json.Name(name);
        json.StartObject();
        members(json, value);
        json.EndObject();
    }

    private static void Array<T>(JsonText json, string name, T[] items, Action<JsonText, T> members)
    {
        if (items.Length == 0)
            return;
        json.Name(name);
        json.StartArray();
        foreach (T item in items)
        {
            json.StartObject();
            members(json, item);
            json.EndObject();
        }
        json.EndArray();
    }

    private static void Map<T>(JsonText json, string name, KeyValuePair<string, T>[] pairs, Action<JsonText, T> write)
    {
        if (pairs.Length == 0)
            return;
        json.Name(name);
        json.StartObject();
        foreach ((string key, T value) in pairs)
        {
            json.Name(key);
            write(json, value);
        }
        json.EndObject();
    }

    private static void Member(JsonText json, string name, long? value)
    {
        if (value is { } number)
            json.Member(name, number);
    }

    private static void Member(JsonText json, string name, ulong? value)
    {
        if (value is { } number)
            json.Member(name, number);
    }

    private static void Member(JsonText json, string name, bool? value)
    {
        if (value is not { } truth)
            return;
        json.Name(name);
        json.Value(truth);
    }
}
