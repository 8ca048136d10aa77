using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Terminals: ioctl_tty(2).
internal static unsafe partial class Sys
{
    /// <summary>False when it is no terminal, or one that was hung up.</summary>
    public static bool TryGetModes(Fd terminal, out termios modes)
    {
        modes = default;
        return TryIoctl(terminal, TCGETS, ref modes, "TCGETS") >= 0;
    }

    /// <summary>The foreground process group may read, and is whom the keys' signals reach; true as well for a terminal that is not the one of our session.</summary>
    public static bool IsInForeground(Fd terminal)
    {
        int foreground = 0;
        return TryIoctl(terminal, TIOCGPGRP, ref foreground, "TIOCGPGRP") < 0 || foreground == (int)syscall(SYS_getpgid, 0);
    }

    /// <summary>How many bytes are there to be read; 0 where that is not known.</summary>
    public static int Readable(Fd fd)
    {
        int count = 0;
        return TryIoctl(fd, FIONREAD, ref count, "FIONREAD") < 0 ? 0 : count;
    }

    /// <summary>0, or a negative errno. Who is in the background must have SIGTTOU blocked.</summary>
    public static int TrySetModes(Fd terminal, termios modes) => TryIoctl(terminal, TCSETS, ref modes, "TCSETS");

    public static bool TryGetWindowSize(Fd terminal, out winsize size)
    {
        size = default;
        return TryIoctl(terminal, TIOCGWINSZ, ref size, "TIOCGWINSZ") >= 0;
    }

    /// <summary>Of either end of a pty: the foreground process group of the slave gets SIGWINCH.</summary>
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

    /// <summary>The slave of this very master, whatever lies at its name (TIOCGPTPEER).</summary>
    public static Fd OpenPtyPeer(Fd master)
        => Fd.Own(Call("ioctl", "TIOCGPTPEER", SYS_ioctl, master.Number, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));

    /// <summary>It becomes the controlling terminal of the session that the calling process leads.</summary>
    public static void SetControllingTerminal(Fd terminal) => Call("ioctl", "TIOCSCTTY", SYS_ioctl, terminal.Number, TIOCSCTTY, 0);

    /// <summary>Another number for the same open file, one of 0–2, which execve keeps.</summary>
    public static void DupTo(Fd fd, int number) => Call("dup2", null, SYS_dup2, fd.Number, number);
}
