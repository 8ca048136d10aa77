using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

/// <summary>A bundle's config.json (config.md). Optional properties are null when absent; arrays are never null unless absence means something.</summary>
internal sealed class Config
{
    /// <summary>config.md#specification-version: SemVer 2.0.</summary>
    public string OciVersion = "";
    /// <summary>config.md#root; required on Linux.</summary>
    public Root? Root;
    /// <summary>config.md#mounts, in the order they MUST be mounted.</summary>
    public Mount[] Mounts = [];
    /// <summary>config.md#process; optional at create, needed at start.</summary>
    public Process? Process;
    public string? Hostname;
    public string? Domainname;
    /// <summary>config.md#posix-platform-hooks.</summary>
    public Hooks Hooks = new();
    /// <summary>config.md#annotations, in the order of the file.</summary>
    public KeyValuePair<string, string>[] Annotations = [];
    /// <summary>config-linux.md; an absent object is an empty one.</summary>
    public Linux Linux = new();
}

/// <summary>config.md#root.</summary>
internal sealed class Root
{
    public string Path = "";
    public bool Readonly;
}

/// <summary>config.md#mounts.</summary>
internal sealed class Mount
{
    public string Destination = "";
    public string? Type;
    public string? Source;
    public string[] Options = [];
    public IdMapping[] UidMappings = [];
    public IdMapping[] GidMappings = [];
}

/// <summary>config-linux.md#user-namespace-mappings: <c>Size</c> ids from <c>HostId</c> appear from <c>ContainerId</c>.</summary>
internal readonly record struct IdMapping(uint ContainerId, uint HostId, uint Size)
{
    /// <summary>null for an id that is not mapped.</summary>
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
    public Hook[] Prestart = [];
    public Hook[] CreateRuntime = [];
    public Hook[] CreateContainer = [];
    public Hook[] StartContainer = [];
    public Hook[] Poststart = [];
    public Hook[] Poststop = [];
}

internal sealed class Hook
{
    public string Path = "";
    /// <summary>null: the path alone is argv[0].</summary>
    public string[]? Args;
    /// <summary>null: absent; [] is an empty environment.</summary>
    public string[]? Env;
    /// <summary>Seconds, above 0; null: no limit.</summary>
    public int? Timeout;
}
