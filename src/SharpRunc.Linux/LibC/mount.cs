namespace SharpRunc.Linux.LibC;

// The package has most MS_… as a struct ulong_t, but not the newer ones or MOUNT_ATTR_…. One table of options holds them all as constants.
internal static unsafe partial class Libc
{
    // sys/mount.h: flags of mount(2). The kernel strips the historic magic MS_MGC_VAL; nothing is shifted.
    public const uint MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8, MS_SYNCHRONOUS = 0x10, MS_REMOUNT = 0x20,
        MS_MANDLOCK = 0x40, MS_DIRSYNC = 0x80, MS_NOSYMFOLLOW = 0x100, MS_NOATIME = 0x400, MS_NODIRATIME = 0x800, MS_BIND = 0x1000,
        MS_MOVE = 0x2000, MS_REC = 0x4000, MS_SILENT = 0x8000, MS_POSIXACL = 0x1_0000, MS_UNBINDABLE = 0x2_0000, MS_PRIVATE = 0x4_0000,
        MS_SLAVE = 0x8_0000, MS_SHARED = 0x10_0000, MS_RELATIME = 0x20_0000, MS_I_VERSION = 0x80_0000, MS_STRICTATIME = 0x100_0000,
        MS_LAZYTIME = 0x200_0000;

    // linux/mount.h: attributes for fsmount(2) and mount_setattr(2). RELATIME is the zero of the three-valued field _ATIME.
    public const ulong MOUNT_ATTR_RDONLY = 1, MOUNT_ATTR_NOSUID = 2, MOUNT_ATTR_NODEV = 4, MOUNT_ATTR_NOEXEC = 8, MOUNT_ATTR__ATIME = 0x70,
        MOUNT_ATTR_RELATIME = 0, MOUNT_ATTR_NOATIME = 0x10, MOUNT_ATTR_STRICTATIME = 0x20, MOUNT_ATTR_NODIRATIME = 0x80,
        MOUNT_ATTR_IDMAP = 0x10_0000, MOUNT_ATTR_NOSYMFOLLOW = 0x20_0000;
}
