using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>What is typed at the caller's terminal reaches the process's one, and what that shows comes back, while the runtime waits.</summary>
internal sealed class TerminalProxy : IDisposable
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
        output = new(master, Writable(Fd.Own(1)));
        Resize();
        guardian = caller.MakeRaw(); // last: what fails here has changed nothing
    }

    /// <summary>How many entries <see cref="Ask"/> fills.</summary>
    public const int PollCount = 2;

    /// <summary>The caller's terminal is as it was before.</summary>
    public void Dispose()
    {
        guardian.Dispose();
        master.Dispose();
    }

    /// <summary>ioctl_tty(2): whoever is in the foreground there gets SIGWINCH if that changes anything.</summary>
    public void Resize()
    {
        if (output.IsOpen && caller.TryGetSize(out winsize size))
            Sys.TrySetWindowSize(master, size);
    }

    public void Ask(Span<pollfd> wait)
    {
        wait[0] = input.Wanted;
        wait[1] = output.Wanted;
    }

    public void Serve(ReadOnlySpan<pollfd> wait)
    {
        if (wait[0].revents != 0)
            input.Move();
        if (wait[1].revents != 0 && output.Move() == Flow.Refused)
            HangUp();
    }

    /// <summary>The process has ended: what it wrote before must still be shown; but not for ever what others write there.</summary>
    public bool StillHasOutput()
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

    /// <summary>
    /// A stream that is not ready must not stop us: others have it open, so a description of our own is made non-blocking. Where
    /// that cannot be, what poll(2) allows is written in pieces that it has room for.
    /// </summary>
    private static Fd Writable(Fd stdout)
    {
        if (Inode.Of(stdout, "stdout").Type is not (S_IFCHR or S_IFIFO))
            return stdout; // a file has an offset of its own
        return Sys.TryOpenAt(Fd.Cwd, "/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY, out _) ?? stdout;
    }
}

/// <summary>Bytes on their way from one descriptor to another: no more are read before these are written.</summary>
internal sealed class Flow(Fd from, Fd to)
{
    /// <summary>The reader is gone.</summary>
    public const int Refused = -1;

    /// <summary>PIPE_BUF: a pipe that poll(2) calls writable takes as much.</summary>
    private readonly byte[] buffer = new byte[4096];
    private int start, end;

    public bool IsOpen { get; private set; } = true;

    public bool HasPending => IsOpen && start < end;

    /// <summary>What to wait for next; nothing when it has ended.</summary>
    public pollfd Wanted => !IsOpen ? new pollfd { fd = -1 } : HasPending ? new pollfd { fd = to.Number, events = POLLOUT } : new pollfd { fd = from.Number, events = POLLIN };

    public void Close() => IsOpen = false;

    /// <summary>Does what was waited for.</summary>
    /// <returns>The number of bytes read or written; 0: none this time, or the end; <see cref="Refused"/>.</returns>
    public int Move() => HasPending ? Write() : Read();

    private int Read()
    {
        int got = Sys.TryRead(from, buffer);
        if (got == -EAGAIN)
            return 0;
        // EIO: nobody has the terminal open any more, or ours was hung up.
        if (got <= 0)
        {
            Close();
            return 0;
        }
        (start, end) = (0, got);
        return got;
    }

    private int Write()
    {
        int put = Sys.TryWriteSome(to, buffer.AsSpan(start, end - start));
        if (put == -EAGAIN)
            return 0;
        if (put < 0)
        {
            Close();
            return Refused;
        }
        start += put;
        return put;
    }
}
