using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

// clone3's flags have 64 bits; the package has those of clone(2), as int. The rest is newer than the package.
internal static unsafe partial class Libc
{
    public const ulong CLONE_VM = 0x100, CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_VFORK = 0x4000, CLONE_PARENT = 0x8000,
        CLONE_NEWTIME = 0x80, CLONE_NEWNS = 0x20000, CLONE_NEWCGROUP = 0x2000000, CLONE_NEWUTS = 0x4000000, CLONE_NEWIPC = 0x8000000,
        CLONE_NEWUSER = 0x10000000, CLONE_NEWPID = 0x20000000, CLONE_NEWNET = 0x40000000, CLONE_PIDFD = 0x1000,
        CLONE_CHILD_CLEARTID = 0x200000, CLONE_CHILD_SETTID = 0x1000000, CLONE_INTO_CGROUP = 0x200000000;

    // linux/pidfd.h
    public const uint PIDFD_THREAD = 0x80;

    // linux/nsfs.h
    public const nint NS_GET_USERNS = 0xb701, NS_GET_NSTYPE = 0xb703;

    public struct clone_args
    {
        public ulong flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
    }

    // linux/sched/types.h
    public struct sched_attr
    {
        public uint size, sched_policy;
        public ulong sched_flags;
        public int sched_nice;
        public uint sched_priority;
        public ulong sched_runtime, sched_deadline, sched_period;
        public uint sched_util_min, sched_util_max;
    }

    /// <summary>
    /// glibc's clone(3): runs <paramref name="function"/> on <paramref name="stack"/>; the raw call with a separate stack cannot return
    /// into C#.
    /// </summary>
    [DllImport("libc")]
    public static extern int clone(
        delegate* unmanaged[Cdecl]<void*, int> function, byte* stack, int flags, void* argument, int* pidFd, void* tls, void* childTid);
}
