using System;
using System.Globalization;
using SharpRunc.Core.Criu;

namespace SharpRunc.Core.Lifecycle;

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
            throw new ContainerException("Use --page-server ADDRESS:PORT to specify page server");
        if (!ushort.TryParse(PageServer.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
            throw new ContainerException("Invalid port number");
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
