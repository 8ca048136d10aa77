namespace SharpRunc.Linux.LibC;

internal static unsafe partial class Libc
{
    /// <summary>asm/stat.h: only the mode is used; statx(2) reports the rest.</summary>
    public struct stat
    {
        public ulong st_dev, st_ino, st_nlink;
        public uint st_mode, st_uid, st_gid, pad0;
        public ulong st_rdev;
        public long st_size, st_blksize, st_blocks;
        public fixed ulong times[6];
        public fixed long unused[3];
    }
}
