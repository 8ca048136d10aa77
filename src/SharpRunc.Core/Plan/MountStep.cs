using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Plan;

/// <summary>One entry of mounts[], as the parent and the child work with it: neither parses its options again.</summary>
internal sealed class MountStep
{
    /// <summary>Index into mounts[].</summary>
    public required int Index { get; init; }

    public required MountKind Kind { get; init; }

    /// <summary>Absolute and clean. config.md#mounts: "relative paths … SHOULD be interpreted as relative to /".</summary>
    public required string Destination { get; init; }

    public required string Type { get; init; }

    /// <summary>Absolute for bind mounts.</summary>
    public required string Source { get; init; }

    public required MountOptions Options { get; init; }

    /// <summary>The options as the config lists them.</summary>
    public required string[] Listed { get; init; }

    /// <summary>By option, or by mappings alone, which imply <c>idmap</c>.</summary>
    public required bool IsIdMapped { get; init; }

    /// <summary>It replaces the root: nothing is looked up through what it covers.</summary>
    public bool IsRoot => Destination == "/" && Kind != MountKind.Remount;

    public string Pointer => $"/mounts/{Index}";

    /// <summary>In the listed order.</summary>
    /// <param name="bundle">Absolute; the base of relative sources of bind mounts.</param>
    public static MountStep[] All(Mount[] mounts, string bundle)
    {
        MountStep[] steps = new MountStep[mounts.Length];
        for (int i = 0; i < steps.Length; i++)
            steps[i] = From(mounts[i], i, bundle);
        return steps;
    }

    private static MountStep From(Mount mount, int index, string bundle)
    {
        MountOptions options = MountOptions.Parse(mount.Options);
        MountKind kind = mount.Type switch
        {
            _ when options.Remount => MountKind.Remount,
            _ when options.IsBind => MountKind.Bind,
            "proc" or "sysfs" => MountKind.Kernel,
            "cgroup" or "cgroup2" => MountKind.Cgroup,
            "tmpfs" => MountKind.Tmpfs,
            _ => MountKind.FileSystem,
        };
        string source = mount.Source ?? "";
        if (kind == MountKind.Bind && !source.StartsWith('/'))
            source = $"{bundle}/{source}";
        return new()
        {
            Index = index,
            Kind = kind,
            Destination = LexicalPath.Clean(mount.Destination),
            Type = mount.Type ?? "",
            Source = source,
            Options = options,
            Listed = mount.Options,
            IsIdMapped = options.IdMap || options.RIdMap || mount.UidMappings.Length > 0,
        };
    }
}

internal enum MountKind
{
    Bind,
    /// <summary>Changes the options of what is mounted there.</summary>
    Remount,
    /// <summary>proc and sysfs: the mount point must be a real directory (CVE-2019-19921).</summary>
    Kernel,
    Cgroup,
    Tmpfs,
    FileSystem,
}
