using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rootfs;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

/// <summary>
/// A mount of the container that shows something of the host: criu stores only its name, and restore supplies its location.
/// </summary>
/// <param name="Name">The same at checkpoint and restore.</param>
/// <param name="Point">
/// The mount point in the container, as in config.json; symbolic links in it are not yet resolved. Not needed for restore.
/// </param>
/// <param name="Source">The source on the host. Not needed for checkpoint.</param>
internal readonly record struct ExternalMount(string Name, string Point, string Source);

/// <summary>
/// Which mounts are external: binds, cgroups (which the runtime also binds), host devices, and /dev/null over masked files.
/// </summary>
internal static class ExternalMounts
{
    private const string Null = "/dev/null";

    /// <summary>The external mounts of mounts[] and linux.devices.</summary>
    public static List<ExternalMount> From(Config config, string bundle, CgroupView cgroups)
    {
        List<ExternalMount> found = [];
        foreach (MountStep step in MountStep.All(config.Mounts, bundle))
            if (step.Kind == MountKind.Bind)
                found.Add(new(step.Destination, step.Destination, step.Source));
            else if (step.Kind == MountKind.Cgroup && cgroups.HierarchyFor(step.Type) is { } whole)
                found.Add(new(step.Destination, step.Destination, HasCgroupNamespace(config) ? whole.Own.Path : whole.MountPoint));
            else if (step.Kind == MountKind.Cgroup)
                foreach (CgroupPlace place in cgroups.Places)
                    found.Add(new($"{step.Destination}/{place.Name}", $"{step.Destination}/{place.Name}", place.Path));
        // Where mknod is refused the host's node is bound: in user namespaces this includes the default devices.
        foreach (Device device in config.Linux.Devices)
            AddDevice(found, LexicalPath.Clean(device.Path));
        foreach ((string name, _, _) in Devices.Defaults)
            AddDevice(found, "/dev/" + name);
        return found;
    }

    /// <summary>Every masked file is covered by the same null device.</summary>
    public static ExternalMount Masked(string path) => new(Null, path, Null);

    private static void AddDevice(List<ExternalMount> found, string path)
    {
        foreach (ExternalMount mount in found)
            if (mount.Point == path)
                return;
        found.Add(new(path, path, path));
    }

    private static bool HasCgroupNamespace(Config config)
    {
        foreach (Namespace ns in config.Linux.Namespaces)
            if (ns is { Type: NamespaceType.Cgroup, Path: null })
                return true;
        return false;
    }
}

/// <summary>
/// A namespace that the container does not own (a pod's network): criu stores a name in its place, and restore passes the namespace in
/// under that name. The names are runc's, so that each runtime can restore the other's checkpoints.
/// </summary>
internal sealed record ExternalNamespace(string File, string Key)
{
    private static readonly ExternalNamespace Network = new("net", "extRootNetNS"), Pid = new("pid", "extRootPidNS");

    /// <summary>null for a type that criu dumps and restore joins by path.</summary>
    public static ExternalNamespace? Find(NamespaceType type) => type switch
    {
        NamespaceType.Network => Network,
        NamespaceType.Pid => Pid,
        _ => null,
    };

    /// <summary>criu(8), --external: <c>net[inode]:key</c>. The process still refers to its namespace even if the path is gone.</summary>
    public string ForDump(int init)
    {
        using Fd file = Sys.OpenAt(Fd.Cwd, $"/proc/{init}/ns/{File}", O_PATH);
        return $"{File}[{Inode.Of(file, File).Number}]:{Key}";
    }

    /// <summary>criu's name for a namespace that restore joins by path (join_ns); null if it cannot.</summary>
    public static string? JoinName(NamespaceType type) => type switch
    {
        NamespaceType.Ipc => "ipc",
        NamespaceType.Uts => "uts",
        NamespaceType.User => "user",
        NamespaceType.Time => "time",
        NamespaceType.Mount => "mnt",
        _ => null,
    };
}
