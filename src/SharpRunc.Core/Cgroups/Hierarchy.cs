using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

/// <summary>One mounted cgroup tree.</summary>
internal sealed class Hierarchy
{
    /// <summary>
    /// Controllers mounted together ("cpu", "cpuacct"), a named hierarchy as "name=systemd"; a single empty string for the unified tree.
    /// </summary>
    public required string[] Controllers { get; init; }

    /// <summary>The controllers joined by commas, as /proc/PID/cgroup writes them; "" for the unified tree.</summary>
    public string Key => string.Join(',', Controllers);

    public required string MountPoint { get; init; }

    /// <summary>The cgroup that is visible at the mount point.</summary>
    public required string MountRoot { get; init; }

    /// <summary>The cgroup of this process, as /proc/self/cgroup names it.</summary>
    public required string OwnPath { get; init; }

    public bool IsUnified => Controllers[0].Length == 0;

    public bool Has(string controller) => Array.IndexOf(Controllers, controller) >= 0;

    /// <summary>The absolute path of this process's cgroup; it may not be visible.</summary>
    public string OwnDirectory() => $"{MountPoint}/{OwnBelowMount()}";

    /// <summary>This process's cgroup below the mount point, cleaned, without a leading slash.</summary>
    public string OwnBelowMount() => BelowMount(OwnPath);

    /// <summary>The inverse of <see cref="BelowMount"/>: the name that /proc/PID/cgroup uses.</summary>
    public string NameOf(string below) => (MountRoot == "/" ? "/" : MountRoot + "/") + below;

    /// <summary>Converts a cgroup's name in /proc/PID/cgroup to a path below the mount point: cleaned, without a leading slash.</summary>
    public string BelowMount(string path)
    {
        if (MountRoot != "/" && path.StartsWith(MountRoot, StringComparison.Ordinal)
            && (path.Length == MountRoot.Length || path[MountRoot.Length] == '/'))
            path = path[MountRoot.Length..];
        return LexicalPath.Clean(path)[1..];
    }
}

/// <summary>A cgroup or cgroup2 line of /proc/self/mountinfo.</summary>
internal sealed record HierarchyMount(string Root, string Point, string Type, string[] Options)
{
    private const string Base = "/sys/fs/cgroup";

    /// <param name="unifiedOnTop">
    /// cgroup2 is the topmost mount at /sys/fs/cgroup: v1 mounts below it are covered, or not meant for containers.
    /// </param>
    public static List<HierarchyMount> Parse(ReadOnlySpan<byte> mountInfo, out bool unifiedOnTop)
    {
        unifiedOnTop = false;
        List<HierarchyMount> mounts = [];
        while (!mountInfo.IsEmpty)
        {
            int end = mountInfo.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? mountInfo : mountInfo[..end];
            mountInfo = end < 0 ? [] : mountInfo[(end + 1)..];

            // 36 35 98:0 /root /point options optional… - type source super-options (proc_pid_mountinfo(5))
            int separator = line.IndexOf(" - "u8);
            if (separator < 0)
                continue;
            bool isCgroup = line[(separator + 3)..].StartsWith("cgroup"u8);
            if (!isCgroup && line.IndexOf(" /sys/fs/cgroup "u8) < 0)
                continue;
            string[] left = KernelText.Decode(line[..separator]).Split(' ');
            string[] right = KernelText.Decode(line[(separator + 3)..]).Split(' ');
            if (left.Length < 6 || right.Length < 3)
                continue;
            string point = MountInfo.Unescape(left[4]);
            if (point == Base)
                unifiedOnTop = right[0] == "cgroup2";
            if (right[0] is "cgroup" or "cgroup2")
                mounts.Add(new HierarchyMount(MountInfo.Unescape(left[3]), point, right[0], right[2].Split(',')));
        }
        return mounts;
    }

    /// <summary>
    /// The mount for a line of /proc/self/cgroup; the usual place is preferred to copies elsewhere (those of containers, chroots).
    /// </summary>
    public static HierarchyMount? Find(List<HierarchyMount> mounts, string[] controllers)
    {
        HierarchyMount? found = null;
        foreach (HierarchyMount mount in mounts)
        {
            bool fits = controllers[0].Length == 0 ? mount.Type == "cgroup2"
                : mount.Type == "cgroup" && Array.IndexOf(mount.Options, controllers[0]) >= 0;
            if (fits && (found is null || (!IsUsual(found) && IsUsual(mount))))
                found = mount;
        }
        return found;

        static bool IsUsual(HierarchyMount mount) => mount.Point.StartsWith(Base, StringComparison.Ordinal);
    }
}
