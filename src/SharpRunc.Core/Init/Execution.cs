using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>
/// The wait for execve(2), which closes a descriptor of the process's. Who is privileged in the container can take a copy of it and keep that open, so
/// the process itself is looked at too.
/// </summary>
internal static class Execution
{
    private const int LookMilliseconds = 100, LooksPerSecond = 1000 / LookMilliseconds;

    /// <summary>Until the descriptor has news or is closed, or the process has ended or runs its program.</summary>
    /// <param name="process">null: it has ended.</param>
    /// <param name="startTime">Of the process; 0: the number is a child's of ours, and nobody else's.</param>
    /// <param name="requireThawed">Throws where the process cannot go on; asked once a second.</param>
    /// <returns>Whether it has news, or is closed.</returns>
    public static bool Await(Fd news, Fd? process, int pid, ulong startTime = 0, Action? requireThawed = null)
    {
        if (process is null)
            return true;
        Span<pollfd> wait = [new pollfd { fd = news.Number, events = POLLIN }, new pollfd { fd = process.Number, events = POLLIN }];
        for (int looks = 1; Interruption.Poll(wait, LookMilliseconds) <= 0 && TryLook(pid, startTime, out ProcessStat stat) && !stat.HasExecuted; looks++)
            if (looks % LooksPerSecond == 0)
                requireThawed?.Invoke();
        return wait[0].revents != 0;
    }

    /// <summary>It ended before its program, and a zombie of it is there to tell: execve(2) has changed its flags before it closes a descriptor.</summary>
    public static bool HasFailed(int pid, ulong startTime) => TryLook(pid, startTime, out ProcessStat stat) && !stat.HasExecuted;

    private static bool TryLook(int pid, ulong startTime, out ProcessStat stat)
        => ProcessStat.TryRead(pid, out stat) && (startTime == 0 || stat.StartTime == startTime);
}
