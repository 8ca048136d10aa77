using System.Collections.Generic;

namespace SharpRunc.Core.Validation;

/// <summary>What the rules need besides the config, and the warnings that they produce.</summary>
internal sealed class ValidationContext
{
    /// <summary>--no-pivot.</summary>
    public bool NoPivot { get; init; }

    /// <summary>The runtime's effective user id is not 0.</summary>
    public bool Unprivileged { get; init; }

    /// <summary>The network namespace that the config names by path is the host's (compared by inode).</summary>
    public bool HostNetwork { get; init; }

    public List<string> Warnings { get; } = [];
}
