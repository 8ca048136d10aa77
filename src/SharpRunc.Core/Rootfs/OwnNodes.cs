using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Device nodes for criu, which binds nodes of its mount namespace into the container: null over masked files and, in a user namespace,
/// those of /dev. This must bring in no inode of the host, so criu finds in these places nodes of a separate file system that cannot be
/// made writable again from inside.
/// </summary>
internal sealed class OwnNodes : IDisposable
{
    private readonly Tree directory;
    private readonly List<(string Name, string Path)> nodes = [];

    private OwnNodes(Tree directory) => this.directory = directory;

    public void Dispose() => directory.Dispose();

    /// <summary>Called in the runtime, because a cgroup that criu joins may forbid mknod.</summary>
    public static OwnNodes Make(Spec.Linux linux)
    {
        OwnNodes made = new(Tree.Create("tmpfs", "tmpfs", ["mode=755", "size=64k"], 0));
        uint umask = Sys.Umask(0);
        try
        {
            foreach (Device device in linux.Devices)
                if (device.Type != 'p')
                    made.Add(LexicalPath.Clean(device.Path), Node.From(device), linux);
            foreach ((string name, uint major, uint minor) in Devices.Defaults)
                made.Add("/dev/" + name, new(S_IFCHR, major, minor, Node.UsualMode, 0, 0), linux);
        }
        finally
        {
            Sys.Umask(umask);
        }
        Tree.Reconfigure(made.directory.Fd, "tmpfs", ["ro"]); // the file system itself, so that no mount of it is writable
        return made;
    }

    /// <summary>Called in criu's mount namespace: binds the nodes over those of the same paths.</summary>
    /// <param name="place">A directory to mount on temporarily: before Linux 6.15 an unattached mount cannot be cloned.</param>
    /// <param name="isLocked">The container has a new user namespace. If our mount flags were stricter than the image's, criu could not
    /// restore the image's there.</param>
    public void Cover(string place, bool isLocked)
    {
        using (Fd target = Sys.OpenAt(Fd.Cwd, place, O_PATH | O_DIRECTORY | O_NOFOLLOW))
            directory.AttachTo(target);
        foreach ((string name, string path) in nodes)
        {
            using Fd? covered = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out _);
            if (covered is null || Inode.Of(covered, path).IsDirectory)
                continue;
            using Tree node = Tree.Clone(directory.Fd, name, recursive: false, path);
            if (!isLocked)
                // As create does; criu restores the image's flags only for the first mask.
                node.Set(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0);
            node.AttachTo(covered);
        }
        Sys.TryUmount(place, MNT_DETACH).ThrowIfFailed();
    }

    /// <summary>The first node of a path wins: listed devices are added before the defaults.</summary>
    private void Add(string path, Node node, Spec.Linux linux)
    {
        if (nodes.Exists(made => made.Path == path))
            return;
        string name = path[(path.LastIndexOf('/') + 1)..];
        if (nodes.Exists(made => made.Name == name))
            name = $"{name}.{nodes.Count}";
        SysError error = Sys.TryMknodAt(directory.Fd, name, node.Type | node.Mode, makedev(node.Major, node.Minor));
        if (!error.Failed)
            error = Sys.TryFchownAt(directory.Fd, name, Outside(linux.UidMappings, node.Uid), Outside(linux.GidMappings, node.Gid));
        if (error.Failed)
            throw ContainerException.From(ErrorCode.DeviceFailed, error.On(path), "cannot create the device for criu");
        nodes.Add((name, path));
    }

    private static uint Outside(IdMapping[] mappings, uint id) => mappings.Length == 0 ? id : IdMapping.ToHost(mappings, id) ?? 0;
}
