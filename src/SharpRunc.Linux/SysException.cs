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

    public override string Message => subject is null ? $"{call}: {Libc.strerror(errno)}" : $"{call} {subject}: {Libc.strerror(errno)}";
}
