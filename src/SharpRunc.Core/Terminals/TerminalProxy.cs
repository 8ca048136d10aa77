using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Terminals;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Relays input from the caller's terminal to the process's terminal, and its output back, while the runtime waits.</summary>
internal sealed class TerminalProxy : StreamRelay
{
    /// <summary>A pty buffers less than this (drivers/tty/pty.c: 8 KiB, and 4 KiB of the line discipline).</summary>
    private const int MostAfterTheEnd = 32768;

    private readonly CallerTerminal caller;
    private readonly Fd master;
    private readonly Flow input, output;
    private readonly TerminalGuardian guardian;
    private int afterTheEnd;

    public TerminalProxy(CallerTerminal caller, Fd master)
    {
        this.caller = caller;
        this.master = master;
        Sys.Fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK); // no other process shares it
        if (Sys.TryGetModes(master, out termios modes))
        {
            // As in runc: the caller's terminal does this conversion.
            modes.c_oflag &= ~ONLCR;
            Sys.TrySetModes(master, modes);
        }
        input = new(Fd.Borrow(0), master);
        output = new(master, Writable(1));
        Resize();
        guardian = caller.MakeRaw(); // last, so that a failure here has changed nothing
    }

    /// <summary>Restores the caller's terminal.</summary>
    public override void Dispose()
    {
        guardian.Dispose();
        master.Dispose();
    }

    /// <summary>ioctl_tty(2): the foreground process group there gets SIGWINCH if the size changes.</summary>
    public override void Resize()
    {
        if (output.IsOpen && caller.TryGetSize(out winsize size))
            Sys.TrySetWindowSize(master, size);
    }

    public override void FillPollSet(Span<pollfd> wait)
    {
        wait[0] = input.Wanted;
        wait[1] = output.Wanted;
        wait[2] = wait[3] = Flow.Nothing;
    }

    public override void HandleEvents(ReadOnlySpan<pollfd> wait)
    {
        if (wait[0].revents != 0)
            input.Move();
        if (wait[1].revents != 0 && output.Move() == Flow.Refused)
            HangUp();
    }

    /// <summary>Called after the process has ended: relays what it wrote before, but not endlessly what others write.</summary>
    public override bool HasPendingOutput()
    {
        input.Close();
        if (output.HasPending)
            return true;
        if (afterTheEnd >= MostAfterTheEnd || !output.IsOpen)
            return false;
        int got = output.Move();
        afterTheEnd += Math.Max(got, 0);
        return got > 0;
    }

    /// <summary>The output has no reader any more: the process's terminal hangs up, and it gets SIGHUP.</summary>
    private void HangUp()
    {
        input.Close();
        output.Close();
        master.Dispose();
    }
}
