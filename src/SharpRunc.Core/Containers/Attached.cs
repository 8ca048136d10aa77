using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>The runtime while it waits for a process in the foreground: what signals it gets, it hands on.</summary>
internal sealed class Attached
{
    private readonly Fd signals;

    private Attached(Fd signals) => this.signals = signals;

    /// <summary>From now on signals are read, not delivered: there is no other thread that they could go to (SharpRunc.csproj).</summary>
    public static Attached Begin()
    {
        Sys.SigProcMask(SIG_BLOCK, ulong.MaxValue);
        return new(Sys.SignalFd(ulong.MaxValue));
    }

    /// <summary>Forwards what we are sent (cli.md §7: all but SIGCHLD, SIGURG and SIGWINCH) until the process ends; reaps orphans.</summary>
    /// <param name="relay">Of a container whose caller wants to know when it is ready, and is to watch us.</param>
    /// <param name="terminal">The process's, that is shown on the caller's; null: it has the caller's streams, or has none.</param>
    /// <param name="memory">Looks on while the process runs.</param>
    /// <returns>Its exit status, or 128 + signal.</returns>
    public int Wait(PidFd process, int pid, NotifyRelay? relay = null, TerminalProxy? terminal = null, OomReport? memory = null)
    {
        Span<pollfd> wait =
        [
            new pollfd { fd = process.Fd.Number, events = POLLIN },
            new pollfd { fd = signals.Number, events = POLLIN },
            new pollfd { events = POLLIN },
            new pollfd { fd = -1 },
            new pollfd { fd = -1 },
            new pollfd { fd = -1 },
        ];
        Span<pollfd> streams = wait[^TerminalProxy.PollCount..];
        while (true)
        {
            wait[2].fd = relay?.Awaited.Number ?? -1; // poll(2) passes over a negative one
            wait[3] = memory?.Awaited ?? wait[3];
            terminal?.Ask(streams);
            Sys.Poll(wait, -1);
            if (wait[3].revents != 0 || wait[0].revents != 0)
                memory?.Look(); // first of all: its cgroup may go with it
            terminal?.Serve(streams);
            if (wait[2].revents != 0 && relay!.Advance(Sys.GetPid()))
                relay = null;
            if (wait[0].revents != 0)
            {
                if (terminal is not null)
                    ShowTheRest(terminal);
                siginfo_t info = Sys.WaitId(P_PID, pid, WEXITED);
                return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
            }
            Forward(process, pid, terminal);
        }
    }

    /// <summary>The process has ended, and what it wrote is still to be shown; a signal ends that too, if nobody takes it.</summary>
    private void ShowTheRest(TerminalProxy terminal)
    {
        Span<pollfd> wait = [new pollfd { fd = signals.Number, events = POLLIN }, default, default];
        Span<pollfd> streams = wait[^TerminalProxy.PollCount..];
        while (terminal.StillHasOutput())
        {
            terminal.Ask(streams);
            Sys.Poll(wait, -1);
            terminal.Serve(streams);
            if (wait[0].revents != 0 && IsAskedToEnd())
                return;
        }
    }

    private unsafe bool IsAskedToEnd()
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        bool asked = false;
        while (Sys.TryRead(signals, buffer, "signalfd") == buffer.Length)
            asked |= BitConverter.ToInt32(buffer) is SIGHUP or SIGINT or SIGQUIT or SIGTERM;
        return asked;
    }

    private unsafe void Forward(PidFd process, int pid, TerminalProxy? terminal)
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        while (Sys.TryRead(signals, buffer, "signalfd") == buffer.Length)
        {
            int signal = BitConverter.ToInt32(buffer);
            if (signal == SIGCHLD)
                ReapOrphans(pid);
            else if (signal == SIGWINCH)
                terminal?.Resize();
            else if (signal != SIGURG)
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
