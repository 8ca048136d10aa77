using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>
/// kernel Documentation/admin-guide/cgroup-v1/blkio-controller.rst: BFQ counts only the devices that it schedules (with more counters in
/// debug kernels); the throttling layer counts all devices.
/// </summary>
internal static class BlockIoCounters
{
    internal static void Read(CgroupDirectory blkio, Statistics into)
    {
        into.BlockIo.ServiceBytes = First(blkio, "bfq.io_service_bytes_recursive", "throttle.io_service_bytes_recursive", "throttle.io_service_bytes");
        into.BlockIo.Serviced = First(blkio, "bfq.io_serviced_recursive", "throttle.io_serviced_recursive", "throttle.io_serviced");
        into.BlockIo.Queued = First(blkio, "bfq.io_queued_recursive");
        into.BlockIo.ServiceTime = First(blkio, "bfq.io_service_time_recursive");
        into.BlockIo.WaitTime = First(blkio, "bfq.io_wait_time_recursive");
        into.BlockIo.Merged = First(blkio, "bfq.io_merged_recursive");
        into.BlockIo.Time = First(blkio, "bfq.time_recursive");
        into.BlockIo.Sectors = First(blkio, "bfq.sectors_recursive");
    }

    /// <summary>The entries of the first file that has any.</summary>
    private static List<BlockIoEntry> First(CgroupDirectory blkio, params ReadOnlySpan<string> files)
    {
        List<BlockIoEntry> entries = [];
        foreach (string file in files)
        {
            // "8:0 Read 4096", or "8:0 4096" where operations are not distinguished; the last line is "Total 4096".
            foreach (string[] fields in blkio.Lines("blkio." + file))
                if (fields is [var device, .., var value] && device.Split(':') is [var major, var minor])
                    entries.Add(new BlockIoEntry(CounterFiles.Number(major), CounterFiles.Number(minor), fields.Length > 2 ? fields[1] : "", CounterFiles.Number(value)));
            if (entries.Count > 0)
                break;
        }
        return entries;
    }
}
