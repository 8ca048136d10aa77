using System;
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
