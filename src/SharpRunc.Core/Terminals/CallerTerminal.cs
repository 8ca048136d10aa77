using SharpRunc.Linux;

namespace SharpRunc.Core.Terminals;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The terminal that the command was called from.</summary>
internal sealed class CallerTerminal
{
    private readonly Fd terminal;
    private readonly termios modes;

    private CallerTerminal(Fd terminal, termios modes)
    {
        this.terminal = terminal;
        this.modes = modes;
    }

    /// <summary>
    /// Returns the first standard stream that is a terminal, because they may be redirected one by one, or else the controlling terminal.
    /// </summary>
    /// <param name="pointer">The property that asks for a terminal; /terminal for exec.</param>
    public static CallerTerminal Find(string pointer)
    {
        for (int number = 2; number >= 0; number--)
        {
            Fd stream = Fd.Borrow(number);
            if (Sys.TryGetModes(stream, out termios found))
                return new(stream, found);
        }
        Fd? controlling = Sys.TryOpenAt(Fd.Cwd, "/dev/tty", O_RDWR | O_NOCTTY, out SysError error);
        if (controlling is not null && Sys.TryGetModes(controlling, out termios modes))
            return new(controlling, modes);
        string hint = pointer == "/terminal"
            ? "omit --tty (in the file of --process: set terminal to false), or detach with --console-socket"
            : "detach with --console-socket, or set process.terminal to false";
        if (!error.Failed)
            error = new("openat", "/dev/tty", ENOTTY);
        throw ContainerException.From(
            ErrorCode.TerminalMissing, error, "cannot attach to a terminal: none of the standard streams is one", pointer, hint);
    }

    public bool TryGetSize(out winsize size) => Sys.TryGetWindowSize(terminal, out size) && size is { ws_row: > 0, ws_col: > 0 };

    /// <summary>
    /// As cfmakeraw(3), but output is still processed: as in runc, the process's own terminal leaves \n as it is, and this one converts it
    /// to \r\n. The modes are restored however this process ends.
    /// </summary>
    public unsafe TerminalGuardian MakeRaw()
    {
        termios raw = modes;
        raw.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        raw.c_oflag |= OPOST;
        raw.c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        raw.c_cflag = raw.c_cflag & ~(CSIZE | PARENB) | CS8;
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        TerminalGuardian guardian = TerminalGuardian.Start(terminal, modes);
        SysError error = Sys.TrySetModes(terminal, raw);
        if (!error.Failed)
            return guardian;
        guardian.Dispose();
        throw ContainerException.From(ErrorCode.TerminalMissing, error, "cannot switch the caller's terminal to raw mode");
    }
}
