using System;
using System.Runtime.InteropServices;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.Terminals;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The runtime while it waits for a process in the foreground: what signals it gets, it hands on.</summary>
internal sealed class Attached
{
    private readonly Fd signals;

    private Attached(Fd signals) => this.signals = signals;

    /// <summary>After <see cref="Interruption.Heed"/>: all signals are blocked, and what comes meanwhile is handed on later.</summary>
    public static Attached Begin() => new(Sys.SignalFd(ulong.MaxValue));

    /// <summary>Forwards what we are sent (all but SIGCHLD, SIGURG and SIGWINCH) until the process ends; reaps orphans.</summary>
    /// <param name="relay">Of a container whose caller wants to know when it is ready, and is to watch us.</param>
    /// <param name="streams">null: the process has the caller's, or has none.</param>
    /// <param name="memory">Looks on while the process runs.</param>
    /// <returns>Its exit status, or 128 + signal; 1 where that were success, but its output is lost.</returns>
    public int Wait(PidFd process, int pid, NotifyRelay? relay = null, StreamRelay? streams = null, OomReport? memory = null)
    {
        Interruption.Ignore(); // from now on they are the process's
        Span<pollfd> wait = stackalloc pollfd[4 + StreamRelay.PollCount];
        wait.Fill(Flow.Nothing);
        wait[0] = new pollfd { fd = process.Fd.Number, events = POLLIN };
        wait[1] = new pollfd { fd = signals.Number, events = POLLIN };
        wait[2].events = POLLIN;
        Span<pollfd> theirs = wait[4..];
        while (true)
        {
            wait[2].fd = relay?.Awaited.Number ?? -1;
            wait[3] = memory?.Awaited ?? Flow.Nothing;
            streams?.Ask(theirs);
            Sys.Poll(wait, streams?.Patience ?? -1);
            if (wait[3].revents != 0 || wait[0].revents != 0)
                memory?.Look(); // first of all: its cgroup may go with it
            streams?.Serve(theirs);
            if (wait[2].revents != 0 && relay!.Advance(Sys.GetPid()))
                relay = null;
            if (wait[0].revents != 0)
            {
                if (streams is not null)
                    ShowTheRest(streams);
                return Reap(pid) is not 0 and var failed ? failed : streams is { HasLost: true } ? 1 : 0;
            }
            Forward(process, pid, streams);
        }
    }

    /// <summary>Where somebody traces it, it is the tracer's first; then a signal ends the wait, since nobody can take it any more.</summary>
    private int Reap(int pid)
    {
        Span<pollfd> wait = [new pollfd { fd = signals.Number, events = POLLIN }];
        while (true)
        {
            siginfo_t info = Sys.WaitId(P_PID, pid, WEXITED | WNOHANG);
            if (info.si_pid != 0)
                return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
            Sys.Poll(wait, -1);
            if (SignalToEnd() is var signal and not 0)
                return 128 + signal;
        }
    }

    /// <summary>The process has ended, and what it wrote is still to be shown; a signal ends that too, if nobody takes it.</summary>
    private void ShowTheRest(StreamRelay streams)
    {
        Span<pollfd> wait = stackalloc pollfd[1 + StreamRelay.PollCount];
        wait[0] = new pollfd { fd = signals.Number, events = POLLIN };
        while (streams.StillHasOutput())
        {
            streams.Ask(wait[1..]);
            Sys.Poll(wait, -1);
            streams.Serve(wait[1..]);
            if (wait[0].revents != 0 && SignalToEnd() != 0)
                return;
        }
    }

    /// <summary>0: none that asks us to end.</summary>
    private unsafe int SignalToEnd()
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        int asked = 0;
        while (Sys.TryRead(signals, buffer, "signalfd") == buffer.Length)
            if (BitConverter.ToInt32(buffer) is var signal && signal is SIGHUP or SIGINT or SIGQUIT or SIGTERM)
                asked = signal;
        return asked;
    }

    private unsafe void Forward(PidFd process, int pid, StreamRelay? streams)
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        int self = Sys.GetPid();
        while (Sys.TryRead(signals, buffer, "signalfd") == buffer.Length)
        {
            signalfd_siginfo sent = MemoryMarshal.Read<signalfd_siginfo>(buffer);
            int signal = sent.ssi_signo;
            if (signal == SIGCHLD)
                ReapOrphans(pid);
            else if (signal == SIGWINCH)
                streams?.Resize();
            else if (signal != SIGURG && sent.ssi_pid != self) // our own: SIGPIPE of what nobody reads
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
