using System.Collections.Generic;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The flags of exec.</summary>
internal sealed class ExecOptions
{
    /// <summary>The program and its arguments; empty with <see cref="ProcessFile"/>.</summary>
    public required string[] Args { get; init; }

    /// <summary>A file with the process as JSON; excludes all other options that describe the process.</summary>
    public string? ProcessFile { get; init; }

    public bool Tty { get; init; }

    public string? Cwd { get; init; }

    /// <summary>NAME=value, appended to those of the container's process.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>uid[:gid], numeric.</summary>
    public string? User { get; init; }

    public IReadOnlyList<string> AdditionalGids { get; init; } = [];

    public string? ProcessLabel { get; init; }

    public string? Apparmor { get; init; }

    public bool NoNewPrivs { get; init; }

    public IReadOnlyList<string> Caps { get; init; } = [];

    public bool Detach { get; init; }

    public string? PidFile { get; init; }

    public string? ConsoleSocket { get; init; }

    public string? PidfdSocket { get; init; }

    public int PreserveFds { get; init; }

    /// <summary>[controller[,…]:]path.</summary>
    public IReadOnlyList<string> Cgroups { get; init; } = [];

    public bool IgnorePaused { get; init; }
}
