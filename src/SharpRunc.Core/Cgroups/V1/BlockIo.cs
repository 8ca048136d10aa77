using System;
using System.Collections.Generic;
using System.Text;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>
/// Block IO on v1: the limits of config-linux.md#block-io, and the counters. Weights are BFQ's: CFQ and its leaf weights left the kernel in
/// 5.0.
/// </summary>
internal static class BlockIo
{
    public static void Plan(CgroupPlan plan, BlockIoResources io)
    {
        if (io.Weight is { } weight and not 0)
            plan.Add("blkio", "blkio.bfq.weight", weight, "blockIO/weight");
        if (io.LeafWeight is { } leafWeight and not 0)
            plan.Add("blkio", "blkio.leaf_weight", leafWeight, "blockIO/leafWeight");
        for (int i = 0; i < io.WeightDevice.Length; i++)
        {
            WeightDevice device = io.WeightDevice[i];
            string property = $"blockIO/weightDevice/{i}";
            if (device.Weight is null && device.LeafWeight is null)
                throw CgroupPlan.CannotExpress(property, "sets neither weight nor leafWeight");
            if (device.Weight is { } own)
                plan.Add("blkio", "blkio.bfq.weight_device", $"{device.Major}:{device.Minor} {own}", property + "/weight");
            if (device.LeafWeight is { } leaf and not 0)
                plan.Add("blkio", "blkio.leaf_weight_device", $"{device.Major}:{device.Minor} {leaf}", property + "/leafWeight");
        }
        Throttle(plan, "blkio.throttle.read_bps_device", io.ThrottleReadBpsDevice, "blockIO/throttleReadBpsDevice");
        Throttle(plan, "blkio.throttle.write_bps_device", io.ThrottleWriteBpsDevice, "blockIO/throttleWriteBpsDevice");
        Throttle(plan, "blkio.throttle.read_iops_device", io.ThrottleReadIopsDevice, "blockIO/throttleReadIOPSDevice");
        Throttle(plan, "blkio.throttle.write_iops_device", io.ThrottleWriteIopsDevice, "blockIO/throttleWriteIOPSDevice");
    }

    private static void Throttle(CgroupPlan plan, string file, ThrottleDevice[] devices, string property)
    {
        if (devices.Length == 0)
            return;
        StringBuilder lines = new();
        foreach (ThrottleDevice device in devices)
            lines.Append(device.Major).Append(':').Append(device.Minor).Append(' ').Append(device.Rate).Append('\n');
        plan.Add("blkio", file, lines.ToString(), property, WriteFlags.Lines);
    }

    /// <summary>
    /// kernel Documentation/admin-guide/cgroup-v1/blkio-controller.rst: BFQ counts only the devices that it schedules (with more counters
    /// in debug kernels); the throttling layer counts all devices.
    /// </summary>
    public static void Read(CgroupDirectory blkio, Statistics into)
    {
        BlockIoStatistics io = into.BlockIo;
        io.ServiceBytes = First(blkio,
            "bfq.io_service_bytes_recursive", "throttle.io_service_bytes_recursive", "throttle.io_service_bytes");
        io.Serviced = First(blkio, "bfq.io_serviced_recursive", "throttle.io_serviced_recursive", "throttle.io_serviced");
        io.Queued = First(blkio, "bfq.io_queued_recursive");
        io.ServiceTime = First(blkio, "bfq.io_service_time_recursive");
        io.WaitTime = First(blkio, "bfq.io_wait_time_recursive");
        io.Merged = First(blkio, "bfq.io_merged_recursive");
        io.Time = First(blkio, "bfq.time_recursive");
        io.Sectors = First(blkio, "bfq.sectors_recursive");
    }

    /// <summary>The entries of the first file that has any.</summary>
    private static List<BlockIoEntry> First(CgroupDirectory blkio, params ReadOnlySpan<string> files)
    {
        List<BlockIoEntry> entries = [];
        foreach (string file in files)
        {
            foreach (string[] fields in blkio.Lines("blkio." + file))
                if (Entry(fields) is { } entry)
                    entries.Add(entry);
            if (entries.Count > 0)
                break;
        }
        return entries;
    }

    /// <summary>"8:0 Read 4096", or "8:0 4096" where operations are not distinguished; null for the last line, "Total 4096".</summary>
    private static BlockIoEntry? Entry(string[] fields)
    {
        if (fields is not [var device, .., var value] || device.Split(':') is not [var major, var minor])
            return null;
        string operation = fields.Length > 2 ? fields[1] : "";
        return new BlockIoEntry(CounterFiles.Number(major), CounterFiles.Number(minor), operation, CounterFiles.Number(value));
    }
}
