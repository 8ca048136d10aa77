namespace SharpRunc.Linux.LibC;

// asm/termbits.h: the kernel's own termios. The package has glibc's, which is longer.
internal static unsafe partial class Libc
{
    public struct termios
    {
        public uint c_iflag, c_oflag, c_cflag, c_lflag;
        public byte c_line;
        public fixed byte c_cc[19];
    }
}
