using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpRunc.Linux;

namespace SharpRunc.Core.LastMile;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What <see cref="Init.ProcOpener"/> runs inside: a single call, whose descriptor is shared with the parent.</summary>
internal unsafe struct ProcBirth
{
    /// <summary>"proc".</summary>
    public byte* Type;
    /// <summary>Top of the stack.</summary>
    public byte* Stack;
    public PageRange* Dropped;
    public int DroppedCount;
    public sock_fprog* Filter;

    /// <summary>Added to errno in the exit status.</summary>
    public const int Failed = 128;

    /// <returns>The descriptor, or a negative errno.</returns>
    public static int Open(ProcBirth* data)
    {
        for (int i = 0; i < data->DroppedCount; i++)
            if (syscall(SYS_madvise, data->Dropped[i].Start, data->Dropped[i].Length, MADV_DONTFORK) != 0 && errno != ENOMEM)
                return -errno;
        if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            return -errno;
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (nint)data->Filter) != 0)
            return -errno;
        int pid = clone(&Inside, data->Stack, (int)CLONE_FILES | SIGCHLD, data, null, null, null);
        if (pid < 0)
            return -errno;
        siginfo_t info;
        nint waited;
        do
            waited = syscall(SYS_waitid, P_PID, pid, (nint)(&info), WEXITED);
        while (waited != 0 && errno == EINTR);
        if (waited != 0 || info.si_code != CLD_EXITED)
            return -ESRCH;
        return info.si_status < Failed ? info.si_status : Failed - info.si_status;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Inside(void* argument)
    {
        syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
        nint context = syscall(SYS_fsopen, (nint)((ProcBirth*)argument)->Type, (nint)FSOPEN_CLOEXEC);
        while (true)
            syscall(SYS_exit_group, context is >= 0 and < Failed ? context : Failed + errno);
    }
}
