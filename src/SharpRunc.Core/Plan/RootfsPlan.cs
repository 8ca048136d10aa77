using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Plan;

/// <summary>The file system that the container sees: config.md#root and #mounts, config-linux.md#devices, masks and labels.</summary>
internal sealed class RootfsPlan
{
    /// <summary>The root on the host: absolute.</summary>
    public required string Path { get; init; }

    public required bool IsReadonly { get; init; }

    public required Propagation Propagation { get; init; }

    public required MountStep[] Mounts { get; init; }

    /// <summary>linux.devices; the default devices are not among them.</summary>
    public required Device[] Devices { get; init; }

    /// <summary>linux.maskedPaths, clean but for <c>..</c>, which the kernel resolves.</summary>
    public required string[] Masked { get; init; }

    /// <summary>linux.readonlyPaths, likewise.</summary>
    public required string[] ReadOnly { get; init; }

    public required MountLabel Label { get; init; }

    /// <summary>The directories exist once the runtime says so (<see cref="Messages.Message.Cgroups"/>).</summary>
    public required CgroupView Cgroups { get; init; }

    /// <summary>By index of mounts[]: a user namespace with the mount's own id mapping, or null. Empty where no mount has one.</summary>
    public Fd?[] MountMappings { get; init; } = [];

    /// <summary>The device nodes that the init cannot make in a user namespace; null: none.</summary>
    public Tree? Nodes { get; init; }

    /// <summary>--no-pivot: pivot_root does not work on a ramdisk root.</summary>
    public bool NoPivot { get; init; }

    /// <summary>
    /// Removes <c>.</c> and duplicate or trailing slashes from masked and read-only paths: <c>/proc/keys/</c> is the file /proc/keys, but
    /// the kernel would not find it.
    /// </summary>
    public static string[] Clean(string[] paths) => Array.TrueForAll(paths, IsClean) ? paths : Array.ConvertAll(paths, Clean);

    private static bool IsClean(string path)
        => path == "/" || !path.EndsWith('/') && !path.EndsWith("/.", StringComparison.Ordinal)
            && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/./", StringComparison.Ordinal);

    private static string Clean(string path)
    {
        string clean = "";
        foreach (string part in path.Split('/'))
            if (part is not ("" or "."))
                clean += "/" + part;
        return clean.Length == 0 ? "/" : clean;
    }
}

/// <summary>What a mount of type cgroup or cgroup2 shows: the container's own directory in each hierarchy, as host paths.</summary>
/// <param name="Unified">The cgroup v2 hierarchy; null on v1.</param>
/// <param name="IsV2">Whether the unified hierarchy is the only one.</param>
internal sealed record CgroupView(UnifiedPlace? Unified, bool IsV2, CgroupPlace[] Places)
{
    /// <summary>The single hierarchy that a mount of this type shows; null: all of them, one directory each.</summary>
    public UnifiedPlace? HierarchyFor(string type) => IsV2 || type == "cgroup2" ? Unified : null;
}

/// <param name="MountPoint">Shown without a cgroup namespace.</param>
/// <param name="Own">Shown in a cgroup namespace.</param>
internal sealed record UnifiedPlace(string MountPoint, CgroupPlace Own);

/// <param name="Name">The directory's name below /sys/fs/cgroup: <c>cpu,cpuacct</c>.</param>
/// <param name="Links">Names that programs look for if several controllers share a hierarchy.</param>
/// <param name="Runtime">The runtime's own directory: the container is there if it may have no cgroup.</param>
internal sealed record CgroupPlace(string Name, string[] Links, string Path, Func<string> Runtime);

/// <summary>
/// config-linux.md#mount-label, "the Selinux context for the mounts in the container": every file of a file system created for the
/// container has this context. The policy labels proc, sysfs and cgroup; bind mounts keep their own contexts.
/// </summary>
/// <param name="Context">null: nothing is labelled.</param>
/// <param name="Option">The mount option that applies it to a file system of the config: mount(8).</param>
internal readonly record struct MountLabel(string? Context, string Option)
{
    private static readonly string[] LabelledByPolicy = ["proc", "sysfs", "mqueue", "cgroup", "cgroup2"];

    public static MountLabel Of(Config config)
        => new(config.Linux.MountLabel is { Length: > 0 } label ? label : null, EngineAnnotations.MountContextType(config));

    /// <summary>Adds the context to the options of a mount of the config.</summary>
    public string[] AddTo(string[] options, string type) => AddTo(options, type, Option);

    /// <summary>Adds the context to the options of a tmpfs that the runtime makes on its own.</summary>
    public string[] AddToTmpfs(string[] options) => AddTo(options, "tmpfs", "context");

    /// <summary>Options that name a context keep theirs, because the kernel accepts only one.</summary>
    private string[] AddTo(string[] options, string type, string option)
    {
        if (Context is null || Array.IndexOf(LabelledByPolicy, type) >= 0)
            return options;
        foreach (string listed in options)
            if (listed.StartsWith("context=", StringComparison.Ordinal) || listed.StartsWith(option + "=", StringComparison.Ordinal))
                return options;
        return [.. options, $"{option}=\"{Context}\""];
    }
}
