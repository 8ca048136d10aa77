using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Terminals;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Restores the modes of the caller's terminal. A runtime that is killed cannot do it (engines let it die with them: PDEATHSIG), so a
/// second process waits for that, with nothing open but the terminal and one end of a socket pair.
/// </summary>
internal sealed class TerminalGuardian : IDisposable
{
    private readonly Fd terminal;
    private readonly termios modes;
    private readonly Fd socket;
    private readonly int pid;
    private bool dismissed;

    private TerminalGuardian(Fd terminal, termios modes, Fd socket, int pid)
    {
        this.terminal = terminal;
        this.modes = modes;
        this.socket = socket;
        this.pid = pid;
    }

    /// <param name="modes">The modes to restore.</param>
    public static TerminalGuardian Start(Fd terminal, termios modes)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        // Cloned without an exit signal, so that reaping the container's orphans does not find it.
        int pid = Sys.Clone(0, 0, null, out Fd? process);
        if (pid == 0)
            Guard(theirs, terminal, modes);
        process!.Dispose();
        theirs.Dispose();
        return new(terminal, modes, ours, pid);
    }

    /// <summary>Restores the modes and dismisses the other process.</summary>
    public void Dispose()
    {
        if (dismissed)
            return;
        dismissed = true;
        Sys.TrySetModes(terminal, modes);
        Sys.TrySend(socket, "."u8);
        socket.Dispose();
        Sys.TryWaitId(P_PID, pid, WEXITED | __WALL);
    }

    /// <summary>
    /// Runs in the other process, which has all signals blocked as we have, and a session of its own, so that no hangup reaches it.
    /// </summary>
    private static void Guard(Fd socket, Fd terminal, termios modes)
    {
        Sys.SigProcMask(SIG_SETMASK, ulong.MaxValue);
        Trace.Leave();
        Sys.SetSid();
        int low = Math.Min(socket.Number, terminal.Number), high = Math.Max(socket.Number, terminal.Number);
        Sys.TryCloseRange(0, low - 1);
        Sys.TryCloseRange(low + 1, high - 1);
        Sys.TryCloseRange(high + 1, int.MaxValue);
        Span<byte> farewell = stackalloc byte[1];
        if (Sys.TryRead(socket, farewell) <= 0)
            Sys.TrySetModes(terminal, modes);
        Sys.ExitGroup(0);
    }
}
