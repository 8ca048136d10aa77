using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A process, held so that it cannot be mistaken for a later one with the same pid.</summary>
internal sealed class PidFd : IDisposable
{
    private PidFd(Fd fd) => Fd = fd;

    public Fd Fd { get; }

    public void Dispose() => Fd.Dispose();

    /// <summary>As <see cref="TryOpen(int, ulong)"/>, without keeping a descriptor.</summary>
    public static bool IsAlive(int pid, ulong startTime) => IsAlive(pid, startTime, out _);

    /// <param name="stat">What /proc says of it, if it is alive.</param>
    public static bool IsAlive(int pid, ulong startTime, out ProcessStat stat)
    {
        stat = default;
        if (pid <= 0 || !ProcessStat.TryRead(pid, out stat) || stat.StartTime != startTime)
            return false;
        if (stat.IsAlive)
            return true;
        using PidFd? process = TryOpen(pid, startTime);
        return process is not null;
    }

    public static PidFd Own(Fd fd) => new(fd);

    public static PidFd Open(int pid)
        => Sys.TryPidfdOpen(pid, out SysError error) is { } fd ? new PidFd(fd) : throw error.On($"{pid}").ToException();

    /// <summary>Opens a single thread, whose namespaces can be joined through it; null if it is gone, or before Linux 6.9.</summary>
    public static PidFd? TryOpenThread(int thread) => Sys.TryPidfdOpen(thread, out _, PIDFD_THREAD) is { } fd ? new PidFd(fd) : null;

    /// <summary>
    /// Returns null if the process is gone or the pid belongs to one with another start time. The start time is read while the descriptor
    /// is held, so it is about the process that the descriptor refers to. A program may end its first thread and live on in the others:
    /// then /proc/PID/stat calls it a zombie, but the descriptor does not.
    /// </summary>
    /// <param name="startTime">Clock ticks since boot, as <see cref="ProcessStat.StartTime"/>.</param>
    public static PidFd? TryOpen(int pid, ulong startTime) => TryOpen(pid, startTime, out _);

    /// <param name="runsFirstThread">False if only other threads are left.</param>
    public static PidFd? TryOpen(int pid, ulong startTime, out bool runsFirstThread)
    {
        runsFirstThread = false;
        Fd? fd = pid > 0 ? Sys.TryPidfdOpen(pid, out _) : null;
        if (fd is null)
            return null;
        PidFd process = new(fd);
        bool isWanted = ProcessStat.TryRead(pid, out ProcessStat stat) && stat.StartTime == startTime;
        if (isWanted)
        {
            runsFirstThread = stat.IsAlive;
            if (runsFirstThread || !process.WaitExit(0))
                return process;
        }
        fd.Dispose();
        return null;
    }

    /// <summary>Sends a signal; false if the process has ended.</summary>
    public bool Signal(int signal)
    {
        SysError error = Sys.TryPidfdSendSignal(Fd, signal);
        if (error.Errno == ESRCH)
            return false;
        if (error.Failed)
            throw error.On($"signal {signal}").ToException();
        return true;
    }

    /// <summary>
    /// Kills a child of ours and reaps it. The wait is limited: a child in a frozen v1 cgroup ends only when that thaws, and a traced child
    /// is reaped by its tracer first.
    /// </summary>
    public void EndAndReap(int pid, int milliseconds = 2000)
    {
        Sys.TryPidfdSendSignal(Fd, SIGKILL); // refused without CAP_KILL if it has another user's id: then it is only waited for
        WaitExit(milliseconds);
        Sys.TryWaitId(P_PID, pid, WEXITED | WNOHANG);
    }

    /// <summary>Duplicates a descriptor of the process into this one (pidfd_getfd(2): requires permission to trace it).</summary>
    public Fd CopyOf(int number) => Sys.PidfdGetFd(Fd, number);

    /// <summary>True if the process ends within the time (a zombie has ended); −1 waits for ever.</summary>
    public bool WaitExit(int milliseconds)
    {
        Span<pollfd> wait = [new pollfd { fd = Fd.Number, events = POLLIN }];
        return Sys.Poll(wait, milliseconds) > 0;
    }
}
