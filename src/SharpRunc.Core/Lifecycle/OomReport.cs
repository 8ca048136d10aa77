using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>
/// Why an attached command's process was killed, where that was for want of memory: its caller sees 137 and no more. The kernel
/// counts for the cgroup, not for each process, and so it is told.
/// </summary>
internal sealed class OomReport : IDisposable
{
    private const int Killed = 128 + SIGKILL;

    private readonly RuntimeContext context;
    private readonly Cgroup cgroup;
    private readonly SubCgroups below;
    private readonly long before;
    private readonly string? limit;
    private OomWatch? watch;
    private bool isSeen;

    /// <summary>Before the process can have used any.</summary>
    /// <param name="cgroup">Not ours to close.</param>
    /// <param name="below">Where in it the process is.</param>
    /// <param name="mayGo">systemd removes the cgroup as soon as nobody is in it, and what it has counted goes with it: then it is watched.</param>
    public OomReport(RuntimeContext context, Cgroup cgroup, SubCgroups? below = null, bool mayGo = false)
    {
        (this.context, this.cgroup, this.below) = (context, cgroup, below ?? SubCgroups.None);
        before = cgroup.IsNewToMemory || !TryCount(out long kills) ? 0 : kills;
        if (!mayGo)
            return;
        watch = cgroup.WatchOom();
        limit = cgroup.MemoryLimit;
    }

    /// <summary>For poll(2), while the process runs, and then <see cref="Look"/>.</summary>
    public pollfd Awaited => watch is null ? new() { fd = -1 } : new() { fd = watch.Fd.Number, events = watch.Events };

    public void Dispose()
    {
        watch?.Dispose();
        watch = null;
    }

    /// <summary>What the kernel has counted until now; does not wait.</summary>
    public void Look()
    {
        isSeen |= watch?.Read() > 0;
        if (watch is { IsOver: true })
            Dispose();
    }

    /// <summary>One line at most, and an error, which the caller sees without --log too. Any other end than by SIGKILL is not looked into.</summary>
    /// <param name="status">128 + signal of a process that was killed.</param>
    public void Tell(int status)
    {
        Look();
        Dispose();
        if (status == Killed && (isSeen || TryCount(out long kills) && kills > before))
            context.Fail($"the kernel has killed for want of memory in the container ({((cgroup.MemoryLimit ?? limit) is { } set ? $"memory limit {set}" : "it has no memory limit of its own")})", null);
    }

    /// <summary>What cannot be read is no reason to fail.</summary>
    private bool TryCount(out long kills)
    {
        kills = 0;
        try
        {
            kills = cgroup.OomKills(below);
            return true;
        }
        catch (SysException)
        {
            return false;
        }
    }
}
