using System;
using System.Globalization;
using System.Text;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups.V2;

/// <summary>Block IO on v2: the limits of config-linux.md#block-io, and the counters.</summary>
internal static class BlockIo
{
    private static readonly (string Key, bool IsBytes, string Operation)[] Counters =
    [
        ("rbytes", true, "Read"), ("wbytes", true, "Write"), ("dbytes", true, "Discard"),
        ("rios", false, "Read"), ("wios", false, "Write"), ("dios", false, "Discard"),
    ];

    public static void Plan(CgroupPlan plan, BlockIoResources io)
    {
        if (io.LeafWeight is not (null or 0))
            throw CgroupPlan.CannotExpress("blockIO/leafWeight", "has no counterpart in cgroup v2");
        if (io.Weight is { } weight and not 0)
            // BFQ uses v1's scale; io.weight (the iocost controller) has a different one.
            plan.Add(new CgroupWrite("io", "io.bfq.weight", weight.ToString(CultureInfo.InvariantCulture), CgroupPlan.At("blockIO/weight"))
            {
                ElseFile = "io.weight",
                ElseValue = Weight(weight).ToString(CultureInfo.InvariantCulture),
            });
        for (int i = 0; i < io.WeightDevice.Length; i++)
        {
            WeightDevice device = io.WeightDevice[i];
            string property = $"blockIO/weightDevice/{i}";
            if (device.LeafWeight is not (null or 0))
                throw CgroupPlan.CannotExpress(property + "/leafWeight", "has no counterpart in cgroup v2");
            if (device.Weight is not { } own)
                throw CgroupPlan.CannotExpress(property, "sets neither weight nor leafWeight");
            plan.Add("io", "io.bfq.weight", $"{device.Major}:{device.Minor} {own}", property + "/weight");
        }
        Throttle(plan, "rbps", io.ThrottleReadBpsDevice, "blockIO/throttleReadBpsDevice");
        Throttle(plan, "wbps", io.ThrottleWriteBpsDevice, "blockIO/throttleWriteBpsDevice");
        Throttle(plan, "riops", io.ThrottleReadIopsDevice, "blockIO/throttleReadIOPSDevice");
        Throttle(plan, "wiops", io.ThrottleWriteIopsDevice, "blockIO/throttleWriteIOPSDevice");
    }

    /// <summary>Maps 10…1000 to 1…10000; lower values become 1.</summary>
    public static long Weight(ushort weight) => Math.Max(1 + (weight - 10L) * 9999 / 990, 1);

    private static void Throttle(CgroupPlan plan, string key, ThrottleDevice[] devices, string property)
    {
        if (devices.Length == 0)
            return;
        StringBuilder lines = new();
        foreach (ThrottleDevice device in devices)
        {
            // In v1's files 0 lifts the limit; io.max writes that as "max".
            lines.Append(device.Major).Append(':').Append(device.Minor).Append(' ').Append(key).Append('=');
            lines.Append(device.Rate == 0 ? "max" : device.Rate.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }
        plan.Add("io", "io.max", lines.ToString(), property, WriteFlags.Lines);
    }

    /// <summary>Whether BFQ is present, so that its weights count; they are written to a file of their own.</summary>
    public static bool HasBfq(Cgroup cgroup)
    {
        using Fd? weight = cgroup.UnifiedDirectory?.TryOpenFile("io.bfq.weight", O_RDONLY, out _);
        return weight is not null;
    }

    /// <summary>
    /// kernel Documentation/admin-guide/cgroup-v2.rst, io.stat: one line per device, "8:0 rbytes=4096 wbytes=0 rios=1 …".
    /// </summary>
    public static void Read(CgroupDirectory cgroup, Statistics into)
    {
        foreach (string[] fields in cgroup.Lines("io.stat"))
            if (fields[0].Split(':') is [var major, var minor])
                foreach (string field in fields[1..])
                    AddCounter(into.BlockIo, major, minor, field.Split('='));
        into.BlockIo.Pressure = cgroup.Pressure("io.pressure");
    }

    private static void AddCounter(BlockIoStatistics into, string major, string minor, string[] assignment)
    {
        if (assignment is not [var name, var value])
            return;
        foreach ((string key, bool isBytes, string operation) in Counters)
            if (name == key)
            {
                BlockIoEntry entry = new(CounterFiles.Number(major), CounterFiles.Number(minor), operation, CounterFiles.Number(value));
                (isBytes ? into.ServiceBytes : into.Serviced).Add(entry);
            }
    }
}
