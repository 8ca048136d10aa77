using System;
using System.Runtime.InteropServices;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.Terminals;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The runtime while it waits for a process in the foreground. It forwards the signals that it receives.</summary>
internal sealed class Attached
{
    private readonly Fd signals;

    private Attached(Fd signals) => this.signals = signals;

    /// <summary>
    /// Call after <see cref="Interruption.Enable"/>: all signals are blocked, and those that arrive in the meantime are forwarded later.
    /// </summary>
    public static Attached Begin() => new(Sys.SignalFd(ulong.MaxValue));

    /// <summary>Forwards received signals (all but SIGCHLD, SIGURG and SIGWINCH) until the process ends, and reaps orphans.</summary>
    /// <param name="relay">Set if the caller wants to know when the container is ready; it is then told to watch our process.</param>
    /// <param name="streams">null: the process has the caller's streams, or none.</param>
    /// <param name="memory">Counts OOM kills while the process runs.</param>
    /// <returns>The exit status, or 128 + signal; 1 in place of 0 if output of the process was lost.</returns>
    public int Wait(PidFd process, int pid, NotifyRelay? relay = null, StreamRelay? streams = null, OomReport? memory = null)
    {
        Interruption.Disable(); // from here on signals are meant for the process
        Trace.Pause();
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
            streams?.FillPollSet(theirs);
            Sys.Poll(wait, streams?.PollMilliseconds ?? -1);
            if (wait[3].revents != 0 || wait[0].revents != 0)
                memory?.Check(); // first, because its cgroup may go with the process
            streams?.HandleEvents(theirs);
            if (wait[2].revents != 0 && relay!.Advance(Sys.GetPid()))
                relay = null;
            if (wait[0].revents != 0)
            {
                if (streams is not null)
                    DrainOutput(streams);
                int status = Reap(pid);
                return status == 0 && streams is { HasLost: true } ? 1 : status;
            }
            Forward(process, pid, streams);
        }
    }

    /// <summary>
    /// Reaps the process. If it is traced, its tracer reaps it first; meanwhile a terminating signal ends the wait, because there is no
    /// process left to forward it to.
    /// </summary>
    private int Reap(int pid)
    {
        Span<pollfd> wait = [new pollfd { fd = signals.Number, events = POLLIN }];
        while (true)
        {
            siginfo_t info = Sys.WaitId(P_PID, pid, WEXITED | WNOHANG);
            if (info.si_pid != 0)
                return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
            Sys.Poll(wait, -1);
            int signal = SignalToEnd();
            if (signal != 0)
                return 128 + signal;
        }
    }

    /// <summary>Shows the remaining output of a process that has ended. If nobody reads it, a signal ends that too.</summary>
    private void DrainOutput(StreamRelay streams)
    {
        Span<pollfd> wait = stackalloc pollfd[1 + StreamRelay.PollCount];
        wait[0] = new pollfd { fd = signals.Number, events = POLLIN };
        while (streams.HasPendingOutput())
        {
            streams.FillPollSet(wait[1..]);
            Sys.Poll(wait, -1);
            streams.HandleEvents(wait[1..]);
            if (wait[0].revents != 0 && SignalToEnd() != 0)
                return;
        }
    }

    /// <summary>The last signal received that asks us to end; 0 if there is none.</summary>
    private unsafe int SignalToEnd()
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        int asked = 0;
        while (Sys.TryRead(signals, buffer, "signalfd") == buffer.Length)
        {
            int signal = BitConverter.ToInt32(buffer);
            if (Interruption.IsAsking(signal))
                asked = signal;
        }
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
            else if (signal != SIGURG && sent.ssi_pid != self) // ours: SIGPIPE from output that nobody reads
                process.Signal(signal);
        }
    }

    /// <summary>Reaps, as subreaper, all children but the process, whose status is still to be read.</summary>
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
