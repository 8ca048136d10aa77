using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Processes, namespaces and process attributes.
internal static unsafe partial class Sys
{
    public static void Unshare(ulong flags, string subject) => Call("unshare", subject, SYS_unshare, (nint)flags);

    public static void Setns(Fd ns, ulong type, string subject) => Checked("setns", subject, TrySetns(ns, type, subject));

    public static int TrySetns(Fd ns, ulong type, string subject) => (int)Try("setns", subject, SYS_setns, ns.Number, (nint)type);

    /// <summary>CLONE_NEW…; a negative errno if it is no namespace.</summary>
    public static int TryNamespaceType(Fd ns, string subject) => (int)Try("ioctl", subject, SYS_ioctl, ns.Number, NS_GET_NSTYPE);

    /// <summary>The user namespace that owns it; EPERM if that is above the caller's.</summary>
    public static Fd? TryNamespaceOwner(Fd ns, string subject, out int error)
    {
        nint result = Try("ioctl", subject, SYS_ioctl, ns.Number, NS_GET_USERNS);
        error = result < 0 ? (int)result : 0;
        return result < 0 ? null : Fd.Own(result);
    }

    public static int GetPid() => (int)syscall(SYS_getpid);

    public static uint GetEuid() => (uint)syscall(SYS_geteuid);

    public static uint GetEgid() => (uint)syscall(SYS_getegid);

    public static void Prctl(int option, nint argument, string subject) => Call("prctl", subject, SYS_prctl, option, argument);

    public static int TryPrctl(int option, nint argument, nint argument2 = 0, nint argument3 = 0)
        => (int)Try("prctl", null, SYS_prctl, option, argument, argument2, argument3);

    public static void SetResUid(uint id) => Call("setresuid", null, SYS_setresuid, (nint)id, (nint)id, (nint)id);

    public static void SetResGid(uint id) => Call("setresgid", null, SYS_setresgid, (nint)id, (nint)id, (nint)id);

    public static int TrySetGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* g = groups)
            return (int)Try("setgroups", null, SYS_setgroups, groups.Length, (nint)g);
    }

    public static void SetSid() => Try("setsid", null, SYS_setsid);

    public static void SetHostname(string name)
    {
        fixed (byte* p = CString(name))
            Call("sethostname", name, SYS_sethostname, (nint)p, KernelText.Length(name));
    }

    public static void SetDomainname(string name)
    {
        fixed (byte* p = CString(name))
            Call("setdomainname", name, SYS_setdomainname, (nint)p, KernelText.Length(name));
    }

    public static int TryPrlimit(int pid, int resource, rlimit64 limit, string subject)
        => (int)Try("prlimit", subject, SYS_prlimit64, pid, resource, (nint)(&limit));

    /// <summary>The soft limit of this process; null if the kernel does not report it.</summary>
    public static ulong? TryGetLimit(int resource)
    {
        rlimit64 limit;
        return Try("prlimit", null, SYS_prlimit64, 0, resource, 0, (nint)(&limit)) == 0 ? limit.rlim_cur : null;
    }

    public static rlimit64 Prlimit(int pid, int resource, string subject)
    {
        rlimit64 limit;
        Call("prlimit", subject, SYS_prlimit64, pid, resource, 0, (nint)(&limit));
        return limit;
    }

    public static int TrySchedSetAttr(int pid, sched_attr attributes) => (int)Try("sched_setattr", null, SYS_sched_setattr, pid, (nint)(&attributes));

    public static int TryIoPrioSet(int pid, int value) => (int)Try("ioprio_set", null, SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value);

    /// <summary>For the calling thread and its later children; 0 or a negative errno.</summary>
    /// <param name="mask">One bit per CPU, in whole longs.</param>
    public static int TrySchedSetAffinity(ReadOnlySpan<byte> mask)
    {
        fixed (byte* m = mask)
            return (int)Try("sched_setaffinity", null, SYS_sched_setaffinity, 0, mask.Length, (nint)m);
    }

    /// <summary>ioprio_set(2), for the calling process and its later children.</summary>
    public static void SetIoPriority(int value) => Call("ioprio_set", null, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, value);

    /// <summary>personality(2), also for the calling process and its later children.</summary>
    public static void SetPersonality(long persona) => Call("personality", null, SYS_personality, (nint)persona);

    /// <summary>set_mempolicy(2), also for the calling process and its later children.</summary>
    /// <param name="nodes">One bit per node.</param>
    public static void SetMemoryPolicy(int mode, ReadOnlySpan<byte> nodes)
    {
        fixed (byte* n = nodes)
            Call("set_mempolicy", null, SYS_set_mempolicy, mode, (nint)n, nodes.IsEmpty ? 0 : nodes.Length * 8 + 1);
    }

    public static void Chdir(string path)
    {
        fixed (byte* p = CString(path))
            Call("chdir", path, SYS_chdir, (nint)p);
    }

    /// <summary>0, or a negative errno.</summary>
    public static int TryChdir(string path)
    {
        fixed (byte* p = CString(path))
            return (int)Try("chdir", path, SYS_chdir, (nint)p);
    }

    public static void Fchdir(Fd directory, string subject) => Call("fchdir", subject, SYS_fchdir, directory.Number);

    /// <summary>The working directory as the kernel names it; "(unreachable)…" if it is outside the root.</summary>
    public static string GetCwd()
    {
        byte* buffer = stackalloc byte[4096];
        nint length = Call("getcwd", null, SYS_getcwd, (nint)buffer, 4096);
        return KernelText.Decode(new ReadOnlySpan<byte>(buffer, (int)length - 1));
    }

    /// <summary>uname(2): the kernel's release, <c>6.1.0-13-amd64</c>.</summary>
    public static string KernelRelease()
    {
        const int fieldSize = 65;
        byte* fields = stackalloc byte[6 * fieldSize];
        Call("uname", null, SYS_uname, (nint)fields);
        return KernelText.Decode(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(fields + 2 * fieldSize));
    }

    public static uint Umask(uint mask) => (uint)syscall(SYS_umask, (nint)mask);

    /// <summary>close_range(2) with CLOSE_RANGE_CLOEXEC: inherited descriptors are not passed on to executed programs.</summary>
    public static void CloseOnExecFrom(int first) => Call("close_range", null, SYS_close_range, first, int.MaxValue, 4);

    /// <summary>
    /// Closes all descriptors from <paramref name="first"/> to <paramref name="last"/>, regardless of their owner: only for a process that
    /// does not need them any more.
    /// </summary>
    public static int TryCloseRange(int first, int last) => first > last ? 0 : (int)Try("close_range", null, SYS_close_range, first, last);

    /// <summary>Blocks or restores signals; returns the previous mask.</summary>
    public static ulong SigProcMask(int how, ulong mask)
    {
        ulong old;
        Call("rt_sigprocmask", null, SYS_rt_sigprocmask, how, (nint)(&mask), (nint)(&old), sizeof(ulong));
        return old;
    }

    /// <summary>
    /// Waits for a child to end. si_code is CLD_EXITED, CLD_KILLED or CLD_DUMPED; si_status is the exit status or signal.
    /// </summary>
    public static siginfo_t WaitId(int idType, int id, int options)
    {
        siginfo_t info = default;
        Call("waitid", null, SYS_waitid, idType, id, (nint)(&info), options);
        return info;
    }

    /// <summary>As <see cref="WaitId"/>; all zero if there is no such child.</summary>
    public static siginfo_t TryWaitId(int idType, int id, int options)
    {
        siginfo_t info = default;
        Try("waitid", null, SYS_waitid, idType, id, (nint)(&info), options);
        return info;
    }

    /// <summary>Returns the number of ready descriptors; 0 on time-out.</summary>
    /// <param name="milliseconds">−1: no limit.</param>
    public static int Poll(Span<pollfd> fds, int milliseconds)
    {
        fixed (pollfd* p = fds)
            return (int)Call("poll", null, SYS_poll, (nint)p, fds.Length, milliseconds);
    }

    /// <summary>Exits immediately: no exit handlers, no waiting for other threads.</summary>
    public static void ExitGroup(int status) => syscall(SYS_exit_group, status);

    public static int TrySessionKeyring(string name)
    {
        fixed (byte* p = CString(name))
            return (int)Try("keyctl", name, SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, (nint)p);
    }

    public static nint TryKeyctl(int command, nint a, nint b = 0, nint c = 0) => Try("keyctl", null, SYS_keyctl, command, a, b, c);

    public static Fd SignalFd(ulong mask) => Fd.Own(Call("signalfd", null, SYS_signalfd4, -1, (nint)(&mask), sizeof(ulong), O_CLOEXEC | O_NONBLOCK));

    public static long MonotonicMilliseconds()
    {
        long* time = stackalloc long[2];
        Call("clock_gettime", null, SYS_clock_gettime, 1, (nint)time);
        return time[0] * 1000 + time[1] / 1_000_000;
    }

    public static void Execve(string path, byte** argv, byte** envp)
    {
        fixed (byte* p = CString(path))
            Call("execve", path, SYS_execve, (nint)p, (nint)argv, (nint)envp);
    }

    public static int TryExecveAt(Fd file, byte** argv, byte** envp)
    {
        byte empty = 0;
        return (int)Try("execveat", null, SYS_execveat, file.Number, (nint)(&empty), (nint)argv, (nint)envp, AT_EMPTY_PATH);
    }
}
