using System;
using SharpRunc.Linux.LibC;

namespace SharpRunc.Linux;

/// <summary>A system call that the kernel refused: which, on what, and why.</summary>
internal sealed class SysException(string call, string? subject, int errno) : Exception
{
    /// <summary>The call's own name: <c>openat2</c>, <c>move_mount</c>.</summary>
    public string Call => call;

    /// <summary>What it was called on, for people: a path, an interface, a cgroup file.</summary>
    public string? Subject => subject;

    /// <summary>errno(3), positive.</summary>
    public int Errno => errno;

    public override string Message => subject is null ? $"{call}: {Libc.strerror(errno)}{Cause}" : $"{call} {subject}: {Libc.strerror(errno)}{Cause}";

    /// <summary>Where the errno alone misleads: it is about whoever started us, and not about what was asked for.</summary>
    private string Cause => (call, errno) switch
    {
        ("clone3", Libc.EPERM) => " (a seccomp profile around this program forbids the call, as Docker's did before 20.10.10)",
        // Of cgroup, /proc and image files that are opened for reading the kernel itself never says so.
        ("openat2", Libc.EPERM) => " (a seccomp profile around this program may forbid the call)",
        ("clone3" or "clone", Libc.EAGAIN) => " (the caller may have no more processes: pids.max of its cgroup, or RLIMIT_NPROC)",
        (_, Libc.ENOSYS) => " (a seccomp profile around this program hides the call, or the kernel was built without it)",
        (_, Libc.EMFILE) => " (RLIMIT_NOFILE of the caller)",
        _ => "",
    };
}
