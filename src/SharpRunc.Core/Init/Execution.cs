using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>
/// Waits for execve(2), which closes a descriptor of the process. A privileged process in the container can duplicate that descriptor and
/// keep it open, so the process itself is checked too.
/// </summary>
internal static class Execution
{
    private const int LookMilliseconds = 100, LooksPerSecond = 1000 / LookMilliseconds;

    /// <summary>Waits until the descriptor is readable or closed, or the process has ended or has executed its program.</summary>
    /// <param name="process">null: it has already ended.</param>
    /// <param name="startTime">Start time of the process; 0: the pid is a child of ours and cannot be reused.</param>
    /// <param name="requireThawed">Throws if the process is frozen; called once a second.</param>
    /// <returns>Whether the descriptor is readable or closed.</returns>
    public static bool Await(Fd news, Fd? process, int pid, ulong startTime = 0, Action? requireThawed = null)
    {
        if (process is null)
            return true;
        Span<pollfd> wait = [new pollfd { fd = news.Number, events = POLLIN }, new pollfd { fd = process.Number, events = POLLIN }];
        for (int looks = 1; Interruption.Poll(wait, LookMilliseconds) <= 0; looks++)
        {
            if (!TryReadStat(pid, startTime, out ProcessStat stat) || stat.HasExecuted)
                break;
            if (looks % LooksPerSecond == 0)
                requireThawed?.Invoke();
        }
        return wait[0].revents != 0;
    }

    /// <summary>
    /// Whether the process ended before its program. Needs its zombie: execve(2) changes the process flags before it closes the descriptor.
    /// </summary>
    public static bool HasFailed(int pid, ulong startTime) => TryReadStat(pid, startTime, out ProcessStat stat) && !stat.HasExecuted;

    private static bool TryReadStat(int pid, ulong startTime, out ProcessStat stat)
        => ProcessStat.TryRead(pid, out stat) && (startTime == 0 || stat.StartTime == startTime);
}
