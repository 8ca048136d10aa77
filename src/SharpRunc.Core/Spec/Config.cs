using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

/// <summary>
/// A bundle's config.json (config.md). Optional properties are null when absent; arrays are never null, except where absence has a meaning.
/// </summary>
internal sealed record Config
{
    /// <summary>config.md#specification-version: SemVer 2.0.</summary>
    public string OciVersion { get; init; } = "";
    /// <summary>config.md#root; required on Linux.</summary>
    public Root? Root { get; init; }
    /// <summary>config.md#mounts, in the order in which they MUST be mounted.</summary>
    public Mount[] Mounts { get; init; } = [];
    /// <summary>config.md#process; optional at create, needed at start.</summary>
    public Process? Process { get; init; }
    public string? Hostname { get; init; }
    public string? Domainname { get; init; }
    /// <summary>config.md#posix-platform-hooks.</summary>
    public Hooks Hooks { get; init; } = new();
    /// <summary>config.md#annotations, in file order.</summary>
    public KeyValuePair<string, string>[] Annotations { get; init; } = [];
    /// <summary>config-linux.md; an absent object is read as an empty one.</summary>
    public Linux Linux { get; init; } = new();
}

/// <summary>config.md#root.</summary>
internal sealed class Root
{
    public string Path { get; init; } = "";
    public bool Readonly { get; init; }
}

/// <summary>config.md#mounts.</summary>
internal sealed record Mount
{
    public string Destination { get; init; } = "";
    public string? Type { get; init; }
    public string? Source { get; init; }
    public string[] Options { get; init; } = [];
    public IdMapping[] UidMappings { get; init; } = [];
    public IdMapping[] GidMappings { get; init; } = [];
}

/// <summary>
/// config-linux.md#user-namespace-mappings: maps <c>Size</c> ids starting at <c>HostId</c> to those starting at <c>ContainerId</c>.
/// </summary>
internal readonly record struct IdMapping(uint ContainerId, uint HostId, uint Size)
{
    /// <summary>null if the id is not mapped.</summary>
    public static uint? ToHost(IdMapping[] mappings, uint containerId)
    {
        foreach (IdMapping mapping in mappings)
            if (containerId >= mapping.ContainerId && containerId - mapping.ContainerId < mapping.Size)
                return mapping.HostId + (containerId - mapping.ContainerId);
        return null;
    }
}

/// <summary>config.md#posix-platform-hooks, each list in its listed order.</summary>
internal sealed class Hooks
{
    public Hook[] Prestart { get; init; } = [];
    public Hook[] CreateRuntime { get; init; } = [];
    public Hook[] CreateContainer { get; init; } = [];
    public Hook[] StartContainer { get; init; } = [];
    public Hook[] Poststart { get; init; } = [];
    public Hook[] Poststop { get; init; } = [];
}

internal sealed class Hook
{
    public string Path { get; init; } = "";
    /// <summary>null: argv[0] is the path, and there are no other arguments.</summary>
    public string[]? Args { get; init; }
    /// <summary>null: absent; [] is an empty environment.</summary>
    public string[]? Env { get; init; }
    /// <summary>Seconds, above 0; null: no limit.</summary>
    public int? Timeout { get; init; }
}

/// <summary>The versions of the runtime specification that this runtime supports.</summary>
internal static class SpecVersion
{
    /// <summary>The version reported by <c>state</c>, hooks and <c>features</c>; the latest whose config.json is fully supported.</summary>
    public const string Current = "1.3.0";

    public const int Major = 1, Minor = 3;

    /// <summary>The oldest version that <c>features</c> reports.</summary>
    public const string Oldest = "1.0.0";
}
