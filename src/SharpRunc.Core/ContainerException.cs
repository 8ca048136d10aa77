using System;
using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>
/// A failure said to the user, once, at the top: what was being done, to which property of config.json, and what the kernel said.
/// </summary>
internal class ContainerException : Exception
{
    public ContainerException(string message, Exception? inner = null) : base(message, inner) { }

    /// <summary>JSON pointer (RFC 6901) of the config property: <c>/mounts/3/options</c>; null when none is at fault.</summary>
    public string? Pointer { get; init; }

    /// <summary>The system call's name, when one failed.</summary>
    public string? Call { get; init; }

    /// <summary>errno(3), positive; 0 when no call failed.</summary>
    public int Errno { get; init; }

    /// <summary>What to do about it, when we know.</summary>
    public string? Hint { get; init; }

    /// <summary>null: as the command has it for what fails.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Says what was being done when the kernel refused.</summary>
    public static ContainerException From(SysException e, string operation, string? pointer = null, string? hint = null)
        => new($"{operation}: {e.Message}", e) { Pointer = pointer, Call = e.Call, Errno = e.Errno, Hint = hint };

    /// <summary>The same failure, told from further out.</summary>
    public ContainerException WithPrefix(string prefix)
        => new(prefix + Message, this) { Pointer = Pointer, Call = Call, Errno = Errno, Hint = Hint, ExitCode = ExitCode };
}
