using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Clones this process. Only in the NativeAOT binary: under CoreCLR the child hangs.
internal static unsafe partial class Sys
{
    /// <summary>
    /// clone3(2) without a separate stack: returns twice, with 0 in the child. The child has one thread and continues in C#. glibc caches
    /// the thread id, which a raw clone3 would leave stale, so the kernel is asked to write it to glibc's location.
    /// </summary>
    /// <param name="flags">CLONE_NEW… and CLONE_PARENT.</param>
    /// <param name="exitSignal">SIGCHLD, or 0: the parent gets no signal, and waits for the child with __WALL.</param>
    /// <param name="cgroup">The cgroup v2 directory that the child is created in.</param>
    /// <param name="pidFd">In the parent, the child.</param>
    public static int Clone(ulong flags, int exitSignal, Fd? cgroup, out Fd? pidFd)
    {
        int pidFdNumber = -1;
        nint tidAddress = 0;
        if (syscall(SYS_prctl, PR_GET_TID_ADDRESS, (nint)(&tidAddress)) == 0 && tidAddress != 0)
            flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
        clone_args arguments = new()
        {
            flags = flags | CLONE_PIDFD | (cgroup is null ? 0 : CLONE_INTO_CGROUP),
            pidfd = (ulong)&pidFdNumber,
            child_tid = (ulong)tidAddress,
            exit_signal = (ulong)exitSignal,
            cgroup = cgroup is null ? 0 : (ulong)cgroup.Number,
        };
        int pid = (int)Call("clone3", null, SYS_clone3, (nint)(&arguments), sizeof(clone_args));
        pidFd = pid == 0 ? null : Fd.Own(pidFdNumber);
        return pid;
    }
}
