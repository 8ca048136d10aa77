using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What the OOM killer has done in a cgroup: how often it has killed there, and the limit that made it.</summary>
internal readonly struct MemoryEvents(Cgroup cgroup)
{
    private CgroupDirectory? Directory => cgroup.Find("memory") ?? cgroup.UnifiedDirectory;

    /// <summary>
    /// Whether this process has created the cgroup, so that it cannot have had an OOM kill; does not ask the kernel.
    /// </summary>
    public bool HasNoHistory => Directory is null or { IsNew: true };

    /// <summary>Bytes, as the kernel writes them; null if only the machine, or a cgroup above, sets a limit.</summary>
    public string? Limit
    {
        get
        {
            if (Directory is not { } memory)
                return null;
            string? limit = memory.TryRead(memory.IsUnified ? "memory.max" : "memory.limit_in_bytes")?.Trim();
            // v1's highest limit is the largest number of whole pages.
            return limit is null or "max" || limit.StartsWith("92233720368547", StringComparison.Ordinal) ? null : limit;
        }
    }

    /// <summary>Whether the OOM killer has killed a process in it or, on v2, below it.</summary>
    public bool WasKilled() => CountKills(SubCgroups.None) > 0;

    /// <summary>The number of OOM kills.</summary>
    /// <param name="below">The cgroup that a process was placed in: v1 counts each cgroup separately.</param>
    public long CountKills(SubCgroups below)
    {
        if (Directory is not { } memory)
            return 0;
        string file = "memory.events";
        if (!memory.IsUnified)
        {
            string path = below.Find(memory.Key);
            file = path.Length == 0 ? "memory.oom_control" : path + "/memory.oom_control";
        }
        return memory.TryReadKey(file, "oom_kill") ?? 0;
    }

    /// <summary>null where OOM kills are not reported: no memory controller, or a kernel without its events.</summary>
    public OomWatch? Watch() => Directory is { } memory ? OomWatch.TryOpen(memory) : null;
}

/// <summary>Reports OOM kills in a cgroup: v1 counts into an eventfd, v2 signals changes of memory.events.</summary>
internal sealed class OomWatch : IDisposable
{
    private readonly CgroupDirectory directory;
    private long seen;

    private OomWatch(CgroupDirectory directory, Fd fd)
    {
        this.directory = directory;
        Fd = fd;
        seen = Kills;
    }

    /// <summary>The descriptor to poll, for <see cref="Events"/>.</summary>
    public Fd Fd { get; }

    public short Events => directory.IsUnified ? POLLPRI : POLLIN;

    /// <summary>The cgroup is gone, so poll(2) would no longer wait.</summary>
    public bool IsOver { get; private set; }

    /// <summary>null when the kernel does not report OOM kills.</summary>
    public static OomWatch? TryOpen(CgroupDirectory directory)
    {
        Fd? fd = directory.IsUnified ? directory.TryOpenFile("memory.events", O_RDONLY, out _) : Register(directory);
        return fd is null ? null : new OomWatch(directory, fd);
    }

    private static Fd? Register(CgroupDirectory directory)
        => directory.TryOpen() is { } cgroup ? Sys.TryCgroupEvents(cgroup, "memory.oom_control", out _) : null;

    /// <summary>The count since the last call; does not wait.</summary>
    public ulong Read()
    {
        if (directory.IsUnified)
            return ReadUnified();
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        if (Sys.TryRead(Fd, count, "eventfd") != count.Length)
            return 0;
        // Removing the cgroup also counts once.
        return BitConverter.ToUInt64(count) - (directory.TryRead("memory.oom_control") is null ? 1ul : 0);
    }

    private ulong ReadUnified()
    {
        try
        {
            // The kernel re-arms the notification only when this same descriptor is read.
            Sys.Seek(Fd, 0);
            long kills = KillsIn(KernelText.Decode(Sys.ReadAll(Fd, "memory.events")));
            long before = seen;
            seen = Math.Max(kills, seen);
            return (ulong)(seen - before);
        }
        catch (SysException e) when (e.Errno == ENODEV)
        {
            IsOver = true;
            return 0;
        }
    }

    private static long KillsIn(string events)
    {
        const string Key = "\noom_kill ";
        int at = events.IndexOf(Key, StringComparison.Ordinal);
        if (at < 0)
            return 0;
        at += Key.Length;
        return long.TryParse(events.AsSpan(at, events.IndexOf('\n', at) - at), out long kills) ? kills : 0;
    }

    private long Kills => directory.IsUnified ? directory.TryReadKey("memory.events", "oom_kill") ?? 0 : 0;

    public void Dispose() => Fd.Dispose();
}
