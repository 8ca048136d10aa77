using System;

namespace SharpRunc.Core.Cgroups;

// Memory that ran out.
internal sealed partial class Cgroup
{
    private CgroupDirectory? MemoryDirectory => Array.Find(directories, static directory => directory.Has("memory")) ?? UnifiedDirectory;

    /// <summary>A cgroup that this process has made has had nobody to kill: without a question to the kernel.</summary>
    internal bool IsNewToMemory => MemoryDirectory is null or { IsNew: true };

    /// <summary>Bytes, as the kernel writes them; null: nothing but the machine, or a cgroup above, sets a limit.</summary>
    internal string? MemoryLimit
    {
        get
        {
            string? limit = MemoryDirectory is not { } memory ? null : memory.TryRead(memory.IsUnified ? "memory.max" : "memory.limit_in_bytes")?.Trim();
            // v1's highest is the highest number of whole pages.
            return limit is null or "max" || limit.StartsWith("92233720368547", StringComparison.Ordinal) ? null : limit;
        }
    }

    /// <summary>Whether the kernel has killed for want of memory in it or, on v2, below it.</summary>
    internal bool WasOomKilled() => OomKills(SubCgroups.None) > 0;

    /// <summary>How often it has.</summary>
    /// <param name="below">v1 counts for each cgroup apart: the one that a process was put into.</param>
    internal long OomKills(SubCgroups below)
    {
        if (MemoryDirectory is not { } memory)
            return 0;
        string path = memory.IsUnified ? "" : below.Of(memory.Key);
        string file = memory.IsUnified ? "memory.events" : path.Length == 0 ? "memory.oom_control" : path + "/memory.oom_control";
        return memory.TryReadKey(file, "oom_kill") ?? 0;
    }

    /// <summary>null where nothing tells: no memory controller, or a kernel without its events.</summary>
    internal OomWatch? WatchOom() => MemoryDirectory is { } memory ? OomWatch.Of(memory) : null;
}
