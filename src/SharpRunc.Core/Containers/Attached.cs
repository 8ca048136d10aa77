using System;
using System.Runtime.CompilerServices;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>The runtime while it waits for a process in the foreground: what signals it gets, it hands on.</summary>
internal sealed class Attached
{
    private readonly Fd signals;

    private Attached(Fd signals) => this.signals = signals;

    /// <summary>
    /// From now on signals are read, not delivered. A signal to a process goes to any thread that does not block it, and the language's
    /// runtime has one beside ours, for finalizers: the only way to its mask is a finalizer.
    /// </summary>
    public static Attached Begin()
    {
        Sys.SigProcMask(SIG_BLOCK, ulong.MaxValue);
        LeaveGarbage();
        GC.Collect(0);
        GC.WaitForPendingFinalizers();
        return new(Sys.SignalFd(ulong.MaxValue));
    }

    /// <summary>Forwards what we are sent (cli.md §7: all but SIGCHLD, SIGURG and SIGWINCH) until the process ends; reaps orphans.</summary>
    /// <param name="relay">Of a container whose caller wants to know when it is ready, and is to watch us.</param>
    /// <returns>Its exit status, or 128 + signal.</returns>
    public int Wait(PidFd process, int pid, NotifyRelay? relay = null)
    {
        Span<pollfd> wait =
        [
            new pollfd { fd = process.Fd.Number, events = POLLIN },
            new pollfd { fd = signals.Number, events = POLLIN },
            new pollfd { events = POLLIN },
        ];
        while (true)
        {
            wait[2].fd = relay?.Awaited.Number ?? -1; // poll(2) passes over a negative one
            Sys.Poll(wait, -1);
            if (wait[2].revents != 0 && relay!.Advance(Sys.GetPid()))
                relay = null;
            if (wait[0].revents != 0)
            {
                siginfo_t info = Sys.TryWaitId(P_PID, pid, WEXITED);
                return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
            }
            Forward(process, pid);
        }
    }

    /// <summary>In a frame of its own, so that nobody holds the object any more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveGarbage() => _ = new SignalBlocker();

    private sealed class SignalBlocker
    {
        ~SignalBlocker() => Sys.SigProcMask(SIG_BLOCK, ulong.MaxValue);
    }

    private unsafe void Forward(PidFd process, int pid)
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        while (Sys.TryRead(signals, buffer, "signalfd") == buffer.Length)
        {
            int signal = BitConverter.ToInt32(buffer);
            if (signal == SIGCHLD)
                ReapOrphans(pid);
            else if (signal is not (SIGURG or SIGWINCH))
                process.Signal(signal);
        }
    }

    /// <summary>As their subreaper, everyone but the process, whose status is still to be read.</summary>
    private static void ReapOrphans(int process)
    {
        while (true)
        {
            siginfo_t ended = Sys.TryWaitId(P_ALL, 0, WEXITED | WNOHANG | WNOWAIT);
            if (ended.si_pid == 0 || ended.si_pid == process)
                return;
            Sys.TryWaitId(P_PID, ended.si_pid, WEXITED);
        }
    }
}
