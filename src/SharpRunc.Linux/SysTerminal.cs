using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Terminals: ioctl_tty(2).
internal static unsafe partial class Sys
{
    /// <summary>False if it is no terminal, or one that was hung up.</summary>
    public static bool TryGetModes(Fd terminal, out termios modes)
    {
        modes = default;
        return TryIoctl(terminal, TCGETS, ref modes, "TCGETS") >= 0;
    }

    /// <summary>
    /// Whether this process group is the foreground one, which may read and gets the signals of the keys; also true if the terminal is not
    /// that of this session.
    /// </summary>
    public static bool IsInForeground(Fd terminal)
    {
        int foreground = 0;
        return TryIoctl(terminal, TIOCGPGRP, ref foreground, "TIOCGPGRP") < 0 || foreground == (int)syscall(SYS_getpgid, 0);
    }

    /// <summary>The number of bytes available to read; 0 if unknown.</summary>
    public static int Readable(Fd fd)
    {
        int count = 0;
        return TryIoctl(fd, FIONREAD, ref count, "FIONREAD") < 0 ? 0 : count;
    }

    /// <summary>0, or a negative errno. A background process must have SIGTTOU blocked.</summary>
    public static int TrySetModes(Fd terminal, termios modes) => TryIoctl(terminal, TCSETS, ref modes, "TCSETS");

    public static bool TryGetWindowSize(Fd terminal, out winsize size)
    {
        size = default;
        return TryIoctl(terminal, TIOCGWINSZ, ref size, "TIOCGWINSZ") >= 0;
    }

    /// <summary>For either end of a pty: the slave's foreground process group gets SIGWINCH.</summary>
    public static int TrySetWindowSize(Fd terminal, winsize size) => TryIoctl(terminal, TIOCSWINSZ, ref size, "TIOCSWINSZ");

    /// <summary>The slave's number in its devpts: the N of /dev/pts/N.</summary>
    public static uint PtyNumber(Fd master)
    {
        uint number = 0;
        Checked("ioctl", "TIOCGPTN", TryIoctl(master, unchecked((nint)TIOCGPTN), ref number, "TIOCGPTN"));
        return number;
    }

    public static void UnlockPty(Fd master)
    {
        int locked = 0;
        Checked("ioctl", "TIOCSPTLCK", TryIoctl(master, TIOCSPTLCK, ref locked, "TIOCSPTLCK"));
    }

    /// <summary>The slave of this master itself, regardless of what is at its path (TIOCGPTPEER).</summary>
    public static Fd OpenPtyPeer(Fd master)
        => Fd.Own(Call("ioctl", "TIOCGPTPEER", SYS_ioctl, master.Number, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));

    /// <summary>Makes it the controlling terminal of the session that the calling process leads.</summary>
    public static void SetControllingTerminal(Fd terminal) => Call("ioctl", "TIOCSCTTY", SYS_ioctl, terminal.Number, TIOCSCTTY, 0);

    /// <summary>Duplicates the descriptor to one of 0–2, which stays open across execve.</summary>
    public static void DupTo(Fd fd, int number) => Call("dup2", null, SYS_dup2, fd.Number, number);
}
