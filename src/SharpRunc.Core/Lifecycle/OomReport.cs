using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Reports OOM kills to the caller of an attached command, which otherwise sees only 137. The kernel counts kills per cgroup, not per
/// process, and the report says no more than that.
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

    /// <summary>Must be constructed before the process can use memory.</summary>
    /// <param name="cgroup">Borrowed; not disposed here.</param>
    /// <param name="below">Where in the cgroup the process is.</param>
    /// <param name="mayGo">systemd removes the cgroup, and its counters with it, as soon as it is empty; then it is watched while the
    /// process runs.</param>
    public OomReport(RuntimeContext context, Cgroup cgroup, SubCgroups? below = null, bool mayGo = false)
    {
        (this.context, this.cgroup, this.below) = (context, cgroup, below ?? SubCgroups.None);
        before = cgroup.MemoryEvents.HasNoHistory || !TryCount(out long kills) ? 0 : kills;
        if (!mayGo)
            return;
        watch = cgroup.MemoryEvents.Watch();
        limit = cgroup.MemoryEvents.Limit;
    }

    /// <summary>For poll(2) while the process runs; call <see cref="Check"/> when it fires.</summary>
    public pollfd Awaited => watch is null ? new() { fd = -1 } : new() { fd = watch.Fd.Number, events = watch.Events };

    public void Dispose()
    {
        watch?.Dispose();
        watch = null;
    }

    /// <summary>Records what the kernel has counted so far; does not wait.</summary>
    public void Check()
    {
        isSeen |= watch?.Read() > 0;
        if (watch is { IsOver: true })
            Dispose();
    }

    /// <summary>Logs at most one line, as an error, which the caller sees even without --log. Only an end by SIGKILL is examined.</summary>
    /// <param name="status">The exit status; 128 + signal if the process was killed.</param>
    public void Report(int status)
    {
        Check();
        Dispose();
        if (status != Killed)
            return;
        bool hasKilled = isSeen || TryCount(out long kills) && kills > before;
        if (!hasKilled)
            return;
        string limited = (cgroup.MemoryEvents.Limit ?? limit) is { } set ? $"memory limit {set}" : "no memory limit of its own";
        context.Fail($"the kernel's OOM killer has killed a process of the container ({limited})", null);
    }

    /// <summary>A counter that cannot be read is not an error.</summary>
    private bool TryCount(out long kills)
    {
        kills = 0;
        try
        {
            kills = cgroup.MemoryEvents.CountKills(below);
            return true;
        }
        catch (SysException)
        {
            return false;
        }
    }
}
