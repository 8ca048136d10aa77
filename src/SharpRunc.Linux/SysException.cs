using System;
using SharpRunc.Linux.LibC;

namespace SharpRunc.Linux;

/// <summary>A failed system call: which one, on what, and why.</summary>
internal sealed class SysException(string call, string? subject, int errno) : Exception
{
    /// <summary>The name of the call: <c>openat2</c>, <c>move_mount</c>.</summary>
    public string Call => call;

    /// <summary>What it was called on, for users: a path, an interface, a cgroup file.</summary>
    public string? Subject => subject;

    /// <summary>errno(3), positive.</summary>
    public int Errno => errno;

    public override string Message
    {
        get
        {
            string what = subject is null ? call : $"{call} {subject}";
            return $"{what}: {Libc.strerror(errno)}{Cause}";
        }
    }

    /// <summary>An explanation where the errno alone misleads, because the cause is the caller's environment and not the request.</summary>
    private string Cause => (call, errno) switch
    {
        ("clone3", Libc.EPERM) => " (a seccomp profile around this program forbids the call, as Docker's did before 20.10.10)",
        // For cgroup, /proc and image files opened for reading, the kernel itself never returns this.
        ("openat2", Libc.EPERM) => " (a seccomp profile around this program may forbid the call)",
        ("clone3" or "clone", Libc.EAGAIN) => " (the caller may have no more processes: pids.max of its cgroup, or RLIMIT_NPROC)",
        (_, Libc.ENOSYS) => " (a seccomp profile around this program hides the call, or the kernel was built without it)",
        (_, Libc.EMFILE) => " (RLIMIT_NOFILE of the caller)",
        _ => "",
    };
}

/// <summary>
/// How a system call ended whose failure is an expected result: which call, on what, and why. The default value is success.
/// </summary>
internal readonly struct SysError(string call, string? subject, int errno)
{
    /// <summary>The name of the call: <c>openat2</c>, <c>move_mount</c>.</summary>
    public string Call => call;

    /// <summary>What it was called on, for users: a path, an interface, a cgroup file.</summary>
    public string? Subject => subject;

    /// <summary>errno(3), positive; 0: it succeeded.</summary>
    public int Errno => errno;

    public bool Failed => errno != 0;

    /// <summary>The same with the name that users know the subject by: a whole path where the call got its last component.</summary>
    public SysError On(string name) => new(call, name, errno);

    public SysException ToException() => new(call, subject, errno);

    public void ThrowIfFailed()
    {
        if (Failed)
            throw ToException();
    }
}
