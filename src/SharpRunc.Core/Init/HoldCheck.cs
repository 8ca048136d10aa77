using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>The process is frozen or stopped; it continues where it was when it is released.</summary>
internal sealed class HeldException(string message) : ContainerException(message);

/// <summary>
/// Checks a process that the runtime waits for. A process that may freeze it by its cgroup, or stop it by a signal, could block the runtime
/// for ever.
/// </summary>
/// <param name="isFrozen">Whether the process with this pid is frozen by its cgroup; null: it may be.</param>
internal sealed class HoldCheck(Func<int, bool>? isFrozen)
{
    /// <summary>The time between two checks.</summary>
    public const int Milliseconds = 1000;

    private bool wasStopped;

    /// <exception cref="HeldException">It is frozen, or was stopped at the last check, too.</exception>
    public void ThrowIfHeld(int pid)
    {
        if (isFrozen is not null && isFrozen(pid))
            throw new HeldException("the container was paused in the meantime, and the process with it");
        bool isStopped = ProcessStat.TryRead(pid, out ProcessStat stat) && stat.State == 'T';
        // Once is not enough: a shell's job control stops and continues the caller and the process one after the other.
        if (isStopped && wasStopped)
            throw new HeldException("the container's process was stopped by a signal in the meantime");
        wasStopped = isStopped;
    }
}
