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
