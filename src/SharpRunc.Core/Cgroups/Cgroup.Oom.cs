using System;

namespace SharpRunc.Core.Cgroups;

// OOM kills of the container.
internal sealed partial class Cgroup
{
    private CgroupDirectory? MemoryDirectory => Array.Find(directories, static directory => directory.Has("memory")) ?? UnifiedDirectory;

    /// <summary>Whether this process has created it, so that it cannot have had an OOM kill; does not ask the kernel.</summary>
    internal bool HasNoOomHistory => MemoryDirectory is null or { IsNew: true };

    /// <summary>Bytes, as the kernel writes them; null if only the machine, or a cgroup above, sets a limit.</summary>
    internal string? MemoryLimit
    {
        get
        {
            string? limit = MemoryDirectory is not { } memory ? null : memory.TryRead(memory.IsUnified ? "memory.max" : "memory.limit_in_bytes")?.Trim();
            // v1's highest limit is the largest number of whole pages.
            return limit is null or "max" || limit.StartsWith("92233720368547", StringComparison.Ordinal) ? null : limit;
        }
    }

    /// <summary>Whether the OOM killer has killed a process in it or, on v2, below it.</summary>
    internal bool WasOomKilled() => OomKills(SubCgroups.None) > 0;

    /// <summary>The number of OOM kills.</summary>
    /// <param name="below">The cgroup that a process was placed in: v1 counts each cgroup separately.</param>
    internal long OomKills(SubCgroups below)
    {
        if (MemoryDirectory is not { } memory)
            return 0;
        string path = memory.IsUnified ? "" : below.Of(memory.Key);
        string file = memory.IsUnified ? "memory.events" : path.Length == 0 ? "memory.oom_control" : path + "/memory.oom_control";
        return memory.TryReadKey(file, "oom_kill") ?? 0;
    }

    /// <summary>null where OOM kills are not reported: no memory controller, or a kernel without its events.</summary>
    internal OomWatch? WatchOom() => MemoryDirectory is { } memory ? OomWatch.Of(memory) : null;
}
