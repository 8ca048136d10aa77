namespace SharpRunc.Linux.LibC;

// linux/prctl.h, linux/capability.h, linux/keyctl.h, sys/resource.h, linux/personality.h, linux/mempolicy.h. Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    public const int PR_SET_PDEATHSIG = 1, PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4, PR_SET_KEEPCAPS = 8, PR_SET_NAME = 15,
        PR_CAPBSET_READ = 23, PR_CAPBSET_DROP = 24, PR_SET_CHILD_SUBREAPER = 36, PR_SET_NO_NEW_PRIVS = 38, PR_GET_TID_ADDRESS = 40,
        PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_RAISE = 2, PR_CAP_AMBIENT_CLEAR_ALL = 4, CAP_DAC_OVERRIDE = 1, CAP_DAC_READ_SEARCH = 2,
        CAP_SYS_ADMIN = 21;

    public const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    public struct cap_header
    {
        public uint version;
        public int pid;
    }

    /// <summary>Used in pairs: the low and the high 32 capabilities.</summary>
    public struct cap_data
    {
        public uint effective, permitted, inheritable;
    }

    public const int KEYCTL_GET_KEYRING_ID = 0, KEYCTL_JOIN_SESSION_KEYRING = 1, KEYCTL_SETPERM = 5, KEYCTL_DESCRIBE = 6,
        KEYCTL_UNLINK = 9, KEY_SPEC_PROCESS_KEYRING = -2, KEY_SPEC_SESSION_KEYRING = -3;

    public const uint KEY_POS_ALL = 0x3F000000, KEY_USR_VIEW = 0x10000, KEY_USR_READ = 0x20000, KEY_USR_SEARCH = 0x80000,
        KEY_USR_LINK = 0x100000, KEY_OTH_SEARCH = 0x8;

    public const int RLIMIT_DATA = 2, RLIMIT_NPROC = 6, RLIMIT_NOFILE = 7, RLIMIT_AS = 9;

    public struct rlimit64
    {
        public ulong rlim_cur, rlim_max;
    }

    public const int PER_LINUX = 0, PER_LINUX32 = 8;

    public const int IOPRIO_WHO_PROCESS = 1, IOPRIO_CLASS_SHIFT = 13;

    /// <summary>MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES are the next two bits.</summary>
    public const int MPOL_F_NUMA_BALANCING = 1 << 13;
}
