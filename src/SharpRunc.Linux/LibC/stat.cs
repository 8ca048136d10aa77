namespace SharpRunc.Linux.LibC;

// The package's statx has no mount id, and it has no statfs.
internal static unsafe partial class Libc
{
    /// <summary>sys/sysmacros.h.</summary>
    public static ulong makedev(uint major, uint minor)
    {
        uint low = minor & 0xFFu | (major & 0xFFFu) << 8;
        ulong high = (ulong)(minor & ~0xFFu) << 12 | (ulong)(major & ~0xFFFu) << 32;
        return high | low;
    }

    public const int AT_STATX_DONT_SYNC = 0x4000;
    public const uint STATX_MNT_ID = 0x1000, STATX_ATTR_MOUNT_ROOT = 0x2000;

    public struct statx
    {
        public uint stx_mask, stx_blksize;
        public ulong stx_attributes;
        public uint stx_nlink, stx_uid, stx_gid;
        public ushort stx_mode, spare0;
        public ulong stx_ino, stx_size, stx_blocks, stx_attributes_mask;
        public statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
        public uint stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor;
        public ulong stx_mnt_id;
        public fixed ulong spare[13];
    }

    public const long PROC_SUPER_MAGIC = 0x9fa0, PIPEFS_MAGIC = 0x50495045, DEVPTS_SUPER_MAGIC = 0x1cd1, CGROUP2_SUPER_MAGIC = 0x63677270,
        SYSFS_MAGIC = 0x62656572, TMPFS_MAGIC = 0x01021994, SELINUX_MAGIC = 0xf97cff8c;

    public const long ST_NOSYMFOLLOW = 0x2000;

    public struct statfs
    {
        public long f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_fsid, f_namelen, f_frsize, f_flags;
        public fixed long f_spare[4];
    }
}
