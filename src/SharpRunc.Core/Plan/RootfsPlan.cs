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
