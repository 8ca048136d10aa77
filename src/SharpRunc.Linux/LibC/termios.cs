namespace SharpRunc.Linux.LibC;

// asm/termbits.h, asm/ioctls.h: the kernel's own termios, which differs from glibc's.
internal static unsafe partial class Libc
{
    public const nint TCGETS = 0x5401, TCSETS = 0x5402, TIOCSCTTY = 0x540E, TIOCGPGRP = 0x540F, TIOCGWINSZ = 0x5413, TIOCSWINSZ = 0x5414,
        FIONREAD = 0x541B, TIOCSPTLCK = 0x40045431, TIOCGPTPEER = 0x5441;

    public const uint TIOCGPTN = 0x80045430;

    // c_iflag, c_oflag, c_cflag, c_lflag, then the indices of c_cc
    public const uint IGNBRK = 1, BRKINT = 2, PARMRK = 8, ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400,
        OPOST = 1, ONLCR = 4, CSIZE = 0x30, CS8 = 0x30, PARENB = 0x100, ISIG = 1, ICANON = 2, ECHO = 8, ECHONL = 0x40, IEXTEN = 0x8000;

    public const int VTIME = 5, VMIN = 6;

    public struct termios
    {
        public uint c_iflag, c_oflag, c_cflag, c_lflag;
        public byte c_line;
        public fixed byte c_cc[19];
    }

    public struct winsize
    {
        public ushort ws_row, ws_col, ws_xpixel, ws_ypixel;
    }
}
