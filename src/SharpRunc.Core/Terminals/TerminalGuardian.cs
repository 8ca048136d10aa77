using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Terminals;

/// <summary>
/// Gives the caller's terminal its modes back. A runtime that is killed cannot (engines let it die with them: PDEATHSIG), so a
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

    /// <param name="modes">To restore.</param>
    public static TerminalGuardian Start(Fd terminal, termios modes)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        // No signal tells us of its end: reaping the container's orphans does not meet it.
        int pid = Sys.Clone(0, 0, null, out Fd? process);
        if (pid == 0)
            Guard(theirs, terminal, modes);
        process!.Dispose();
        theirs.Dispose();
        return new(terminal, modes, ours, pid);
    }

    /// <summary>Restores the modes; the other process has nothing to do any more.</summary>
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

    /// <summary>In the other process, which has all signals blocked as we have, and no session that anyone could hang up.</summary>
    private static void Guard(Fd socket, Fd terminal, termios modes)
    {
        Sys.SigProcMask(SIG_SETMASK, ulong.MaxValue);
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
