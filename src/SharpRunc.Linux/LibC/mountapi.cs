namespace SharpRunc.Linux.LibC;

// linux/mount.h: the descriptor-based mount calls, newer than Tmds.LibC.
internal static unsafe partial class Libc
{
    public const uint OPEN_TREE_CLONE = 1, OPEN_TREE_CLOEXEC = 0x80000;
    public const uint MOVE_MOUNT_F_EMPTY_PATH = 4, MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    public const uint FSOPEN_CLOEXEC = 1, FSMOUNT_CLOEXEC = 1;
    public const uint FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_SET_FD = 5, FSCONFIG_CMD_CREATE = 6,
        FSCONFIG_CMD_RECONFIGURE = 7;
    public const uint FSPICK_CLOEXEC = 1, FSPICK_EMPTY_PATH = 8;

    public struct mount_attr
    {
        public ulong attr_set, attr_clr, propagation, userns_fd;
    }
}
