using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// What to write to a file of a cgroup so that it says again what it says now. Most take what they say. Some are lists of entries, one
/// written at a time, and an entry that is not there has its own way to be taken away.
/// </summary>
internal static class FormerValue
{
    private const string Weight = "default";

    // Files of "key value…" lines, and what, behind the key, takes the entry away.
    private static readonly (string File, string Cleared)[] Lists =
    [
        // block/blk-throttle.c
        ("io.max", "rbps=max wbps=max riops=max wiops=max"),
        ("blkio.throttle.read_bps_device", "0"), ("blkio.throttle.write_bps_device", "0"),
        ("blkio.throttle.read_iops_device", "0"), ("blkio.throttle.write_iops_device", "0"),
        // block/bfq-cgroup.c, block/blk-iocost.c, block/cfq-iosched.c (before Linux 5.0)
        ("io.bfq.weight", Weight), ("io.weight", Weight), ("blkio.bfq.weight_device", Weight), ("blkio.leaf_weight_device", Weight),
        // block/blk-iolatency.c
        ("io.latency", "target=max"),
        // kernel/cgroup/rdma.c, misc.c: every device is listed, also without a limit
        ("rdma.max", "hca_handle=max hca_object=max"), ("misc.max", "max"),
        // net/core/netprio_cgroup.c: every interface is
        ("net_prio.ifpriomap", "0"),
    ];

    /// <summary>As many writes as the value has entries; none where the file's text says nothing about what it takes.</summary>
    /// <param name="write">What is about to be written.</param>
    /// <param name="present">All of the file.</param>
    public static List<CgroupWrite> Of(CgroupWrite write, string present)
    {
        WriteFlags flags = write.Flags & ~WriteFlags.Lines;
        if (Array.Find(Lists, row => row.File == write.File) is { File: not null } list)
            return Entries(write with { Flags = flags }, list.Cleared, present);
        return Whole(write, present.TrimEnd('\n')) is { } value
            // No byte would reach the file: a line of none does.
            ? [write with { Value = value, Flags = value.Length == 0 ? flags | WriteFlags.Lines : flags }] : [];
    }

    private static List<CgroupWrite> Entries(CgroupWrite write, string cleared, string present)
    {
        List<CgroupWrite> former = [];
        string[] lines = present.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (string line in write.Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string key = KeyOf(line);
            CgroupWrite value = Array.Find(lines, candidate => KeyOf(candidate) == key) is { } entry ? write with { Value = entry }
                : write with { Value = $"{key} {cleared}", Flags = write.Flags | WriteFlags.MayBeUnsupported };
            if (!former.Contains(value))
                former.Add(value);
        }
        return former;
    }

    /// <summary>A weight alone is that of all devices without one of their own.</summary>
    private static string KeyOf(string line) => line.IndexOf(' ') is > 0 and int space ? line[..space] : Weight;

    /// <summary>null: several lines, which the file would not take.</summary>
    private static string? Whole(CgroupWrite write, string present) => write.File switch
    {
        // mm/memcontrol-v1.c: "oom_kill_disable 0", and two lines of what has happened.
        "memory.oom_control" => present.Split('\n')[0] is var first && first.LastIndexOf(' ') is > 0 and int space ? first[(space + 1)..] : null,
        "cpu.weight" when present == "0" => null, // what an idle group says, and nobody may write
        "cgroup.subtree_control" => Switched(write.Value, present),
        _ => present.Contains('\n') ? null : present,
    };

    /// <summary>The names of what is on are read; +name and -name are written.</summary>
    private static string? Switched(string written, string present)
    {
        string[] on = present.Split(' ');
        List<string> former = [];
        foreach (string word in written.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
            former.Add((Array.IndexOf(on, word[1..]) >= 0 ? "+" : "-") + word[1..]);
        return former.Count > 0 ? string.Join(' ', former) : null;
    }
}
