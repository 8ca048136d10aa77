namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Terminals: ioctl_tty(2).
internal static unsafe partial class Sys
{
    /// <summary>ioctl(2) with a pointer to a blittable value.</summary>
    public static SysError TryIoctl<T>(Fd fd, nint request, ref T value, string subject) where T : unmanaged
    {
        fixed (T* p = &value)
            return Attempt("ioctl", subject, SYS_ioctl, fd.Number, request, (nint)p);
    }

    /// <summary>False if it is no terminal, or one that was hung up.</summary>
    public static bool TryGetModes(Fd terminal, out termios modes)
    {
        modes = default;
        return !TryIoctl(terminal, TCGETS, ref modes, "TCGETS").Failed;
    }

    /// <summary>
    /// Whether this process group is the foreground one, which may read and gets the signals of the keys; also true if the terminal is not
    /// that of this session.
    /// </summary>
    public static bool IsInForeground(Fd terminal)
    {
        int foreground = 0;
        return TryIoctl(terminal, TIOCGPGRP, ref foreground, "TIOCGPGRP").Failed || foreground == (int)syscall(SYS_getpgid, 0);
    }

    /// <summary>The number of bytes available to read; 0 if unknown.</summary>
    public static int Readable(Fd fd)
    {
        int count = 0;
        return TryIoctl(fd, FIONREAD, ref count, "FIONREAD").Failed ? 0 : count;
    }

    /// <summary>A background process must have SIGTTOU blocked.</summary>
    public static SysError TrySetModes(Fd terminal, termios modes) => TryIoctl(terminal, TCSETS, ref modes, "TCSETS");

    public static bool TryGetWindowSize(Fd terminal, out winsize size)
    {
        size = default;
        return !TryIoctl(terminal, TIOCGWINSZ, ref size, "TIOCGWINSZ").Failed;
    }

    /// <summary>For either end of a pty: the slave's foreground process group gets SIGWINCH.</summary>
    public static SysError TrySetWindowSize(Fd terminal, winsize size)
        => TryIoctl(terminal, TIOCSWINSZ, ref size, "TIOCSWINSZ");

    /// <summary>The slave's number in its devpts: the N of /dev/pts/N.</summary>
    public static uint PtyNumber(Fd master)
    {
        uint number = 0;
        TryIoctl(master, (nint)unchecked((uint)TIOCGPTN), ref number, "TIOCGPTN").ThrowIfFailed();
        return number;
    }

    public static void UnlockPty(Fd master)
    {
        int locked = 0;
        TryIoctl(master, TIOCSPTLCK, ref locked, "TIOCSPTLCK").ThrowIfFailed();
    }

    /// <summary>The slave of this master itself, regardless of what is at its path (TIOCGPTPEER).</summary>
    public static Fd OpenPtyPeer(Fd master)
        => Fd.Own(Call("ioctl", "TIOCGPTPEER", SYS_ioctl, master.Number, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));

    /// <summary>Makes it the controlling terminal of the session that the calling process leads.</summary>
    public static void SetControllingTerminal(Fd terminal) => Call("ioctl", "TIOCSCTTY", SYS_ioctl, terminal.Number, TIOCSCTTY, 0);
}
