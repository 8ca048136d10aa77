using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Terminals;

/// <summary>What is typed at the caller's terminal reaches the process's one, and what that shows comes back, while the runtime waits.</summary>
internal sealed class TerminalProxy : StreamRelay
{
    /// <summary>A pty holds less than this that was not read yet (drivers/tty/pty.c: 8 KiB, and 4 of the line discipline).</summary>
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
        Sys.Fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK); // nobody shares it
        if (Sys.TryGetModes(master, out termios modes))
        {
            // As runc: the caller's terminal does it.
            modes.c_oflag &= ~ONLCR;
            Sys.TrySetModes(master, modes);
        }
        input = new(Fd.Own(0), master);
        output = new(master, Writable(1));
        Resize();
        guardian = caller.MakeRaw(); // last: what fails here has changed nothing
    }

    /// <summary>The caller's terminal is as it was before.</summary>
    public override void Dispose()
    {
        guardian.Dispose();
        master.Dispose();
    }

    /// <summary>ioctl_tty(2): whoever is in the foreground there gets SIGWINCH if that changes anything.</summary>
    public override void Resize()
    {
        if (output.IsOpen && caller.TryGetSize(out winsize size))
            Sys.TrySetWindowSize(master, size);
    }

    public override void Ask(Span<pollfd> wait)
    {
        wait[0] = input.Wanted;
        wait[1] = output.Wanted;
        wait[2] = wait[3] = Flow.Nothing;
    }

    public override void Serve(ReadOnlySpan<pollfd> wait)
    {
        if (wait[0].revents != 0)
            input.Move();
        if (wait[1].revents != 0 && output.Move() == Flow.Refused)
            HangUp();
    }

    /// <summary>The process has ended: what it wrote before must still be shown; but not for ever what others write there.</summary>
    public override bool StillHasOutput()
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

    /// <summary>Nobody sees the output any more: to the process its terminal is gone, and it gets SIGHUP.</summary>
    private void HangUp()
    {
        input.Close();
        output.Close();
        master.Dispose();
    }
}
