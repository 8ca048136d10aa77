using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// The life of processes and their credentials: clone, exec, exit, wait.
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

    public static void Execve(string path, byte** argv, byte** envp)
    {
        fixed (byte* p = CString(path))
            Call("execve", path, SYS_execve, (nint)p, (nint)argv, (nint)envp);
    }

    public static SysError TryExecveAt(Fd file, byte** argv, byte** envp)
    {
        byte empty = 0;
        return Attempt("execveat", null, SYS_execveat, file.Number, (nint)(&empty), (nint)argv, (nint)envp, AT_EMPTY_PATH);
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

    /// <summary>Exits immediately: no exit handlers, no waiting for other threads.</summary>
    public static void ExitGroup(int status) => syscall(SYS_exit_group, status);

    public static int GetPid() => (int)syscall(SYS_getpid);

    public static uint GetEuid() => (uint)syscall(SYS_geteuid);

    public static uint GetEgid() => (uint)syscall(SYS_getegid);

    public static void SetResUid(uint id) => Call("setresuid", null, SYS_setresuid, (nint)id, (nint)id, (nint)id);

    public static void SetResGid(uint id) => Call("setresgid", null, SYS_setresgid, (nint)id, (nint)id, (nint)id);

    /// <summary>setresgid(2): the effective and the real id stay.</summary>
    public static SysError TrySetSavedGid(uint id) => Attempt("setresgid", null, SYS_setresgid, -1, -1, (nint)id);

    /// <summary>setfsuid(2), which reports no error. If it changes the id, it clears PDEATHSIG and makes the process undumpable.</summary>
    public static bool TrySetFsUid(uint id)
    {
        Attempt("setfsuid", null, SYS_setfsuid, (nint)id);
        return Attempt("setfsuid", null, out _, SYS_setfsuid, -1) == (nint)id;
    }

    public static SysError TrySetGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* g = groups)
            return Attempt("setgroups", null, SYS_setgroups, groups.Length, (nint)g);
    }

    public static void SetSid()
    {
        LibraryCall call = new("setsid", null);
        while (call.IsDue)
            call.Returned((int)setsid());
    }

    public static void Prctl(int option, nint argument, string subject) => Call("prctl", subject, SYS_prctl, option, argument);

    public static bool IsDumpable() => Attempt("prctl", "DUMPABLE", out _, SYS_prctl, PR_GET_DUMPABLE) == 1;

    public static SysError TryPrctl(int option, nint argument, nint argument2 = 0, nint argument3 = 0)
        => Attempt("prctl", null, SYS_prctl, option, argument, argument2, argument3);

    public static uint Umask(uint mask) => (uint)umask((mode_t)mask);

    public static void Chdir(string path) => TryChdir(path).ThrowIfFailed();

    public static SysError TryChdir(string path)
    {
        LibraryCall call = new("chdir", path);
        fixed (byte* p = CString(path))
            while (call.IsDue)
                call.Returned(chdir(p));
        return call.Error;
    }

    public static void Fchdir(Fd directory, string subject)
    {
        LibraryCall call = new("fchdir", subject);
        while (call.IsDue)
            call.Returned(fchdir(directory.Number));
        call.ResultOrThrow();
    }

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
        const int FieldSize = 65;
        byte* fields = stackalloc byte[6 * FieldSize];
        Call("uname", null, SYS_uname, (nint)fields);
        return KernelText.Decode(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(fields + 2 * FieldSize));
    }
}
