namespace SharpRunc.Linux.LibC;

// The few open(2) flags whose value depends on the architecture.
internal static unsafe partial class Libc
{
    public const int O_DIRECTORY = 0x10000, O_NOFOLLOW = 0x20000, O_CLOEXEC = 0x80000, O_PATH = 0x200000, O_TMPFILE = 0x410000;
}
