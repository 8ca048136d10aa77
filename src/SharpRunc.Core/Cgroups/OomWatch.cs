using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

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
    internal Fd Fd { get; }

    internal short Events => directory.IsUnified ? POLLPRI : POLLIN;

    /// <summary>The cgroup is gone, so poll(2) would no longer wait.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>null when the kernel does not report OOM kills.</summary>
    internal static OomWatch? Of(CgroupDirectory directory)
    {
        Fd? fd = directory.IsUnified ? directory.TryOpenFile("memory.events", O_RDONLY, out _)
            : directory.TryOpen() is { } cgroup ? Sys.TryCgroupEvents(cgroup, "memory.oom_control", out _) : null;
        return fd is null ? null : new OomWatch(directory, fd);
    }

    /// <summary>The count since the last call; does not wait.</summary>
    internal ulong Read()
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
            long kills = KillsIn(KernelText.Decode(Sys.ReadAll(Fd, "memory.events"))), before = seen;
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
        int at = events.IndexOf(Key, StringComparison.Ordinal) + Key.Length;
        return at >= Key.Length && long.TryParse(events.AsSpan(at, events.IndexOf('\n', at) - at), out long kills) ? kills : 0;
    }

    private long Kills => directory.IsUnified ? directory.TryReadKey("memory.events", "oom_kill") ?? 0 : 0;

    public void Dispose() => Fd.Dispose();
}
