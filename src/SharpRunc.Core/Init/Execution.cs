using System;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>
/// Waits for execve(2), which closes a descriptor of the process. A privileged process in the container can duplicate that descriptor and
/// keep it open, so the process itself is checked too.
/// </summary>
internal static class Execution
{
    public const string Awaited = "to execute its program";

    private const int LookMilliseconds = 100, LooksPerCheck = HoldCheck.Milliseconds / LookMilliseconds;

    /// <summary>Waits until the descriptor is readable or closed, or the process has ended or has executed its program.</summary>
    /// <param name="process">null: it has already ended.</param>
    /// <param name="hold">Throws if the process is held.</param>
    /// <param name="startTime">Start time of the process; 0: the pid is a child of ours and cannot be reused.</param>
    /// <param name="awaited">What the process has to do, for a trace.</param>
    /// <returns>Whether the descriptor is readable or closed.</returns>
    public static bool Await(Fd news, Fd? process, int pid, HoldCheck hold, ulong startTime = 0, string awaited = Awaited)
    {
        if (process is null)
            return true;
        Span<pollfd> wait = [new pollfd { fd = news.Number, events = POLLIN }, new pollfd { fd = process.Number, events = POLLIN }];
        using TraceStep step = Trace.Step(TraceKind.OtherSide, HoldCheck.Awaited, awaited);
        for (int looks = 1; Interruption.Poll(wait, LookMilliseconds) <= 0; looks++)
        {
            hold.Explain(step, pid);
            if (!TryReadStat(pid, startTime, out ProcessStat stat) || stat.HasExecuted)
                break;
            if (looks % LooksPerCheck == 0)
                hold.ThrowIfHeld(pid);
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

/// <summary>The process is frozen, stopped or traced; it continues where it was when it is released.</summary>
internal sealed class HeldException(string message) : ContainerException(ErrorCode.ProcessHeld, message);

/// <summary>
/// Checks a process that the runtime waits for. A process that may freeze it by its cgroup, stop it by a signal, or trace it could block
/// the runtime for ever.
/// </summary>
/// <param name="isFrozen">Whether the process with this pid is frozen by its cgroup; null: it is not known.</param>
/// <param name="mayBeFrozen">Then the wait goes on.</param>
/// <param name="tellSlow">
/// Told once that the process is slow. A tracer that has made it sleep and has let it go, or a file system that a process of the container
/// serves, looks like a disk that is slow, so that is no error.
/// </param>
internal sealed class HoldCheck(Func<int, bool>? isFrozen, bool mayBeFrozen = false, Action<string>? tellSlow = null)
{
    /// <summary>The time between two checks.</summary>
    public const int Milliseconds = 1000;

    /// <summary>Usually it takes milliseconds.</summary>
    private const int ChecksUntilSlow = 10;

    /// <summary>The same for <see cref="Explain"/>.</summary>
    private const int LookMilliseconds = 100;

    public const string Awaited = "the container's process";

    private bool wasStopped;
    private int checks;

    /// <summary>Waits until one of the descriptors is ready, checking the process in the meantime.</summary>
    public void Await(Span<pollfd> wait, int pid)
    {
        using TraceStep step = Trace.Step(TraceKind.OtherSide, Awaited);
        int at = step.IsRecorded ? LookMilliseconds : Milliseconds;
        for (int waited = at; Interruption.Poll(wait, at) == 0; waited += at)
        {
            Explain(step, pid);
            if (waited % Milliseconds == 0)
                ThrowIfHeld(pid);
        }
    }

    /// <summary>Records why it waits.</summary>
    public void Explain(TraceStep step, int pid)
    {
        if (step.IsRecorded && isFrozen is not null && isFrozen(pid))
            step.Explain(TraceKind.Frozen, "frozen by its cgroup");
    }

    /// <exception cref="HeldException">It is frozen, or was stopped at the last check, too.</exception>
    public void ThrowIfHeld(int pid)
    {
        if (!mayBeFrozen && isFrozen is not null && isFrozen(pid))
            throw new HeldException("the container was paused in the meantime, and the process with it");
        char state = ProcessStat.TryRead(pid, out ProcessStat stat) ? stat.State : default;
        bool isStopped = state == 'T' || state == 't' && Tracer.IsInside(pid);
        // Once is not enough: a shell's job control stops and continues the caller and the process one after the other.
        if (isStopped && wasStopped)
            throw new HeldException($"the container's process was stopped by a {(state == 'T' ? "signal" : "tracer")} in the meantime");
        wasStopped = isStopped;
        if (++checks == ChecksUntilSlow)
            tellSlow?.Invoke($"process {pid} still does not run its program: it is in state {state}{Place(pid)}; a file system of the "
                + "container may not answer, or a process of it may hold this one");
    }

    /// <summary>The function of the kernel that it sleeps in, for which no lock is taken that the container could hold.</summary>
    private static string Place(int pid)
    {
        Span<byte> name = stackalloc byte[128];
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid}/wchan", O_RDONLY, out _);
        int length = file is null ? 0 : Sys.TryRead(file, name);
        return length > 1 ? $" ({KernelText.Decode(name[..length])})" : "";
    }
}

/// <summary>
/// Who traces a process (ptrace(2)). A debugger of the host's may hold it as long as it likes; a process of the container, with
/// CAP_SYS_PTRACE, may not: we would wait with it.
/// </summary>
internal static class Tracer
{
    /// <summary>Whether its tracer is in another PID or user namespace than we are: otherwise it is a process of the host.</summary>
    public static bool IsInside(int pid)
    {
        // 0: nobody, or a process outside our PID namespace, where no container of ours is.
        int tracer = ProcessStatus.TryRead(pid.ToString(CultureInfo.InvariantCulture), "\nTracerPid:\t"u8) ?? 0;
        return tracer != 0 && (IsElsewhere(tracer, "pid") || IsElsewhere(tracer, "user"));
    }

    /// <summary>One that we may not inspect is none of our containers', which are below our user namespace.</summary>
    private static bool IsElsewhere(int pid, string name)
    {
        using Fd own = Sys.OpenAt(Fd.Cwd, $"/proc/self/ns/{name}", O_PATH);
        using Fd? its = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid.ToString()}/ns/{name}", O_PATH, out _);
        return its is not null && NamespaceId.Of(its, name) != NamespaceId.Of(own, name);
    }
}
