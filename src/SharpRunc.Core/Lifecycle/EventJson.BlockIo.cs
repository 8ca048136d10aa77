using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Lifecycle;

// Block I/O.
internal static partial class EventJson
{
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
