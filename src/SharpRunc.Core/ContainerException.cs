using System;
using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>
/// A failure reported to the user once, at the top: its code, what was being done, which property of config.json is concerned, and the
/// kernel's answer.
/// </summary>
internal class ContainerException : Exception
{
    public ContainerException(ErrorCode code, string message, Exception? inner = null) : base(message, inner) => Code = code;

    public ErrorCode Code { get; }

    /// <summary>What the process was doing when it failed.</summary>
    public Stage Stage { get; init; } = Progress.Stage;

    /// <summary>
    /// JSON pointer (RFC 6901) of the config property, such as <c>/mounts/3/options</c>; null when no property is at fault.
    /// </summary>
    public string? Pointer { get; init; }

    /// <summary>The name of the system call that failed, if one did.</summary>
    public string? Call { get; init; }

    /// <summary>What the call was made on: a path, an interface, a cgroup file.</summary>
    public string? Subject { get; init; }

    /// <summary>errno(3), positive; 0 when no call failed.</summary>
    public int Errno { get; init; }

    /// <summary>What to do about it, when known.</summary>
    public string? Hint { get; init; }

    /// <summary>null: the command's default exit code for a failure.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Wraps a kernel error and states what was being done.</summary>
    /// <param name="code">Unless the kernel's answer has a cause of its own, such as a full disk.</param>
    public static ContainerException From(
        ErrorCode code, SysException e, string operation, string? pointer = null, string? hint = null)
        => new(ErrorCode.OfHost(e) ?? code, $"{operation}: {e.Message}", e)
        {
            Pointer = pointer,
            Call = e.Call,
            Subject = e.Subject,
            Errno = e.Errno,
            Hint = hint,
        };

    /// <summary>As <see cref="From(ErrorCode, SysException, string, string?, string?)"/>, for a call whose error was an expected
    /// result.</summary>
    public static ContainerException From(
        ErrorCode code, SysError error, string operation, string? pointer = null, string? hint = null)
        => From(code, error.ToException(), operation, pointer, hint);

    /// <summary>The same failure with context put before its message.</summary>
    public ContainerException WithPrefix(string prefix)
        => new(Code, prefix + Message, this)
        {
            Stage = Stage,
            Pointer = Pointer,
            Call = Call,
            Subject = Subject,
            Errno = Errno,
            Hint = Hint,
            ExitCode = ExitCode,
        };
}
