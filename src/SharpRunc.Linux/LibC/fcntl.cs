namespace SharpRunc.Linux.LibC;

// fcntl.h, sys/file.h, sys/stat.h. S_IF…: the package has them as a struct mode_t, which no switch takes. The rest is not in it.
internal static unsafe partial class Libc
{
    public const int AT_RECURSIVE = 0x8000;

    public const int RENAME_NOREPLACE = 1;

    public const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;

    public const uint S_IFMT = 0xF000, S_IFSOCK = 0xC000, S_IFLNK = 0xA000, S_IFREG = 0x8000, S_IFBLK = 0x6000, S_IFDIR = 0x4000,
        S_IFCHR = 0x2000, S_IFIFO = 0x1000;
}
