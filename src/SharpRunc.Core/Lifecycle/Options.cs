using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Criu;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The flags of create, and of run.</summary>
internal sealed class CreateOptions
{
    /// <summary>As given; the working directory when null.</summary>
    public string? Bundle { get; init; }

    /// <summary>As given, relative to the directory that the command was called in.</summary>
    public string? PidFile { get; init; }

    public string? ConsoleSocket { get; init; }

    public string? PidfdSocket { get; init; }

    public bool NoPivot { get; init; }

    public bool NoNewKeyring { get; init; }

    /// <summary>Descriptors 3 … 3+N−1 (after LISTEN_FDS) are passed to the container.</summary>
    public int PreserveFds { get; init; }
}

/// <summary>The flags that run has in addition to those of create.</summary>
internal sealed class RunOptions
{
    public bool Detach { get; init; }

    /// <summary>The container is not deleted when its process ends.</summary>
    public bool Keep { get; init; }

    public bool NoSubreaper { get; init; }
}

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

/// <summary>The flags of checkpoint.</summary>
internal sealed class CheckpointOptions
{
    public required CriuFlags Criu { get; init; }

    /// <summary>Path of the images of an earlier pre-dump, relative to these.</summary>
    public string? ParentPath { get; init; }

    public bool LeaveRunning { get; init; }

    public bool TcpSkipInFlight { get; init; }

    public bool LinkRemap { get; init; }

    /// <summary>A descriptor of the caller that receives a NUL once pages can be requested; null: none.</summary>
    public int? StatusFd { get; init; }

    /// <summary>ADDRESS:PORT.</summary>
    public string? PageServer { get; init; }

    /// <summary>Dumps memory only; the container keeps running.</summary>
    public bool PreDump { get; init; }

    /// <summary>Returns null if none was given.</summary>
    public (string Address, int Port)? ParsePageServer()
    {
        if (string.IsNullOrEmpty(PageServer))
            return null;
        int colon = PageServer.LastIndexOf(':');
        if (colon <= 0 || colon == PageServer.Length - 1)
            throw new ContainerException(ErrorCode.UsageValue, "Use --page-server ADDRESS:PORT to specify page server");
        if (!ushort.TryParse(PageServer.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
            throw new ContainerException(ErrorCode.UsageValue, "Invalid port number");
        return (PageServer[..colon].Trim('[', ']'), port);
    }
}

/// <summary>The flags of restore.</summary>
internal sealed class RestoreOptions
{
    public required CriuFlags Criu { get; init; }

    /// <summary>Bundle, pid file, console socket.</summary>
    public required CreateOptions Create { get; init; }

    public required RunOptions Run { get; init; }

    /// <summary>TYPE:NAME.</summary>
    public string? LsmProfile { get; init; }

    public string? LsmMountContext { get; init; }

    /// <summary>Confinement of the image that is weaker than the config is a warning, not an error.</summary>
    public bool AllowWeaker { get; init; }
}
