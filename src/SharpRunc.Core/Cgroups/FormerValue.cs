using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// What to write to a cgroup file to restore its present content. Most files accept what they show. Some are lists of entries, written one
/// at a time, and each has its own way to remove an entry.
/// </summary>
internal static class FormerValue
{
    private const string Weight = "default";

    // Files of "key value…" lines, with the value that removes the entry.
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
        // kernel/cgroup/rdma.c, misc.c: every device is listed, even without a limit
        ("rdma.max", "hca_handle=max hca_object=max"), ("misc.max", "max"),
        // net/core/netprio_cgroup.c: every interface is listed
        ("net_prio.ifpriomap", "0"),
    ];

    /// <summary>One write per entry of the value; none where the file's content cannot be written back.</summary>
    /// <param name="write">The write that is about to happen.</param>
    /// <param name="present">The file's whole content.</param>
    public static List<CgroupWrite> From(CgroupWrite write, string present)
    {
        WriteFlags flags = write.Flags & ~WriteFlags.Lines;
        string? cleared = Array.Find(Lists, row => row.File == write.File).Cleared;
        if (cleared is not null)
            return Entries(write with { Flags = flags }, cleared, present);
        if (SingleValue(write, present.TrimEnd('\n')) is not { } value)
            return [];
        // A write of zero bytes would not reach the file, but an empty line does.
        return [write with { Value = value, Flags = value.Length == 0 ? flags | WriteFlags.Lines : flags }];
    }

    private static List<CgroupWrite> Entries(CgroupWrite write, string cleared, string present)
    {
        List<CgroupWrite> former = [];
        string[] lines = present.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (string line in write.Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string key = KeyOf(line);
            string? entry = Array.Find(lines, candidate => KeyOf(candidate) == key);
            CgroupWrite value = entry is not null ? write with { Value = entry }
                : write with { Value = $"{key} {cleared}", Flags = write.Flags | WriteFlags.MayBeUnsupported };
            if (!former.Contains(value))
                former.Add(value);
        }
        return former;
    }

    /// <summary>A weight without a key applies to all devices that have no entry.</summary>
    private static string KeyOf(string line)
    {
        int space = line.IndexOf(' ');
        return space > 0 ? line[..space] : Weight;
    }

    /// <summary>null: several lines, which the file would not accept.</summary>
    private static string? SingleValue(CgroupWrite write, string present) => write.File switch
    {
        "memory.oom_control" => LastOfFirstLine(present),
        "cpu.weight" when present == "0" => null, // shown by an idle group, and never accepted as input
        "cgroup.subtree_control" => Switched(write.Value, present),
        _ => present.Contains('\n') ? null : present,
    };

    /// <summary>mm/memcontrol-v1.c: "oom_kill_disable 0", followed by two lines of state.</summary>
    private static string? LastOfFirstLine(string present)
    {
        string first = present.Split('\n')[0];
        int space = first.LastIndexOf(' ');
        return space > 0 ? first[(space + 1)..] : null;
    }

    /// <summary>The file shows the names of enabled controllers; +name and -name are written.</summary>
    private static string? Switched(string written, string present)
    {
        string[] on = present.Split(' ');
        List<string> former = [];
        foreach (string word in written.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
            former.Add((Array.IndexOf(on, word[1..]) >= 0 ? "+" : "-") + word[1..]);
        return former.Count > 0 ? string.Join(' ', former) : null;
    }
}
