namespace SharpRunc.Linux.LibC;

// Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    // linux/seccomp.h
    public const nint SECCOMP_SET_MODE_FILTER = 1, SECCOMP_GET_ACTION_AVAIL = 2;

    public const uint SECCOMP_FILTER_FLAG_TSYNC = 1, SECCOMP_FILTER_FLAG_LOG = 2, SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4,
        SECCOMP_FILTER_FLAG_NEW_LISTENER = 8, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20;

    public const uint SECCOMP_RET_KILL_PROCESS = 0x80000000, SECCOMP_RET_KILL_THREAD = 0, SECCOMP_RET_TRAP = 0x00030000,
        SECCOMP_RET_ERRNO = 0x00050000, SECCOMP_RET_USER_NOTIF = 0x7FC00000, SECCOMP_RET_TRACE = 0x7FF00000, SECCOMP_RET_LOG = 0x7FFC0000,
        SECCOMP_RET_ALLOW = 0x7FFF0000, SECCOMP_RET_ACTION_FULL = 0xFFFF0000, SECCOMP_RET_DATA = 0x0000FFFF;

    /// <summary>What a filter sees. The offsets are those of a little-endian machine.</summary>
    public struct seccomp_data
    {
        public int nr;
        public uint arch;
        public ulong instruction_pointer;
        public fixed ulong args[6];
    }
}
