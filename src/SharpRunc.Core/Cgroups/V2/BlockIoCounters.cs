namespace SharpRunc.Core.Cgroups.V2;

/// <summary>kernel Documentation/admin-guide/cgroup-v2.rst, io.stat: one line per device, "8:0 rbytes=4096 wbytes=0 rios=1 …".</summary>
internal static class BlockIoCounters
{
    private static readonly (string Key, bool IsBytes, string Operation)[] Table =
    [
        ("rbytes", true, "Read"), ("wbytes", true, "Write"), ("dbytes", true, "Discard"),
        ("rios", false, "Read"), ("wios", false, "Write"), ("dios", false, "Discard"),
    ];

    internal static void Read(CgroupDirectory cgroup, Statistics into)
    {
        foreach (string[] fields in cgroup.Lines("io.stat"))
            if (fields[0].Split(':') is [var major, var minor])
                foreach (string field in fields[1..])
                    foreach ((string key, bool isBytes, string operation) in Table)
                        if (field.Split('=') is [var name, var value] && name == key)
                            (isBytes ? into.BlockIo.ServiceBytes : into.BlockIo.Serviced).Add(
                                new BlockIoEntry(CounterFiles.Number(major), CounterFiles.Number(minor), operation, CounterFiles.Number(value)));
        into.BlockIo.Pressure = cgroup.Pressure("io.pressure");
    }
}
