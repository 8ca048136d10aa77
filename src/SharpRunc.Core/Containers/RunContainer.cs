using System;
using System.Runtime.CompilerServices;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>create and start in one process; attached, until the container's program ends.</summary>
internal static class RunContainer
{
    /// <returns>The program's exit status, or 128 + signal; 0 when detached.</returns>
    public static int Run(RuntimeContext context, string id, CreateOptions options, RunOptions run)
    {
        if (!run.NoSubreaper)
            Sys.Prctl(PR_SET_CHILD_SUBREAPER, 1, "CHILD_SUBREAPER");
        Fd? signals = null;
        using Creation creation = Creation.Make(context, id, options, meanwhile: run.Detach ? null : () => signals = Sys.SignalFd(Block()));
        creation.Start();
        if (run.Detach)
            return 0;
        int status = Wait(creation, signals!);
        if (!run.Keep)
            creation.Delete();
        return status;
    }

    /// <summary>
    /// From now on signals are read, not delivered. A signal to a process goes to any thread that does not block it, and the language's
    /// runtime has one beside ours, for finalizers: the only way to its mask is a finalizer.
    /// </summary>
    private static ulong Block()
    {
        Sys.SigProcMask(SIG_BLOCK, ulong.MaxValue);
        LeaveGarbage();
        GC.Collect(0);
        GC.WaitForPendingFinalizers();
        return ulong.MaxValue;
    }

    /// <summary>In a frame of its own, so that nobody holds the object any more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveGarbage() => _ = new SignalBlocker();

    private sealed class SignalBlocker
    {
        ~SignalBlocker() => Sys.SigProcMask(SIG_BLOCK, ulong.MaxValue);
    }

    /// <summary>Forwards what we are sent (cli.md §7: all but SIGCHLD, SIGURG and SIGWINCH) until the init ends; reaps orphans.</summary>
    private static int Wait(Creation creation, Fd signals)
    {
        Span<pollfd> wait =
        [
            new pollfd { fd = creation.Init!.Process.Fd.Number, events = POLLIN },
            new pollfd { fd = signals.Number, events = POLLIN },
        ];
        while (true)
        {
            Sys.Poll(wait, -1);
            if (wait[0].revents != 0)
            {
                siginfo_t info = Sys.TryWaitId(P_PID, creation.Init.Pid, WEXITED);
                return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
            }
            Forward(signals, creation.Init.Process, creation.Init.Pid);
        }
    }

    private static unsafe void Forward(Fd signals, PidFd init, int pid)
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        while (Sys.TryRead(signals, buffer, "signalfd") == buffer.Length)
        {
            int signal = BitConverter.ToInt32(buffer);
            if (signal == SIGCHLD)
                ReapOrphans(pid);
            else if (signal is not (SIGURG or SIGWINCH))
                init.Signal(signal);
        }
    }

    /// <summary>As their subreaper, everyone but the init, whose status is still to be read.</summary>
    private static void ReapOrphans(int init)
    {
        while (true)
        {
            siginfo_t ended = Sys.TryWaitId(P_ALL, 0, WEXITED | WNOHANG | WNOWAIT);
            if (ended.si_pid == 0 || ended.si_pid == init)
                return;
            Sys.TryWaitId(P_PID, ended.si_pid, WEXITED);
        }
    }
}
