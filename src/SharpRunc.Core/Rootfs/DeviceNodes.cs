using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// User namespaces may not use mknod(2), and the host's nodes have neither the mode nor the owner that the config asks for. If root makes
/// the container, it makes the nodes before it enters the user namespace: on a separate file system, from which each node is bound to its
/// place. So the container gets its own inodes, and none of the host's.
/// </summary>
internal static class DeviceNodes
{
    private const string NullName = "null";

    /// <summary>Called in the runtime.</summary>
    /// <returns>null if we may not make nodes either; the host's are bound then.</returns>
    public static Tree? TryMake(Spec.Linux linux, MountLabel label)
    {
        string[] data = label.AddToTmpfs(["mode=755"]);
        Tree? tree = Tree.TryCreate("tmpfs", "tmpfs", data, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, out _);
        if (tree is null)
            return null;
        uint umask = Sys.Umask(0);
        try
        {
            bool made = true;
            foreach ((string name, uint major, uint minor) in Devices.Defaults)
                made = made && TryMakeNode(tree.Fd, name, new Node(S_IFCHR, major, minor, Node.UsualMode, 0, 0), linux, null);
            for (int i = 0; made && i < linux.Devices.Length; i++)
                if (Node.From(linux.Devices[i]) is { Type: not S_IFIFO } node)
                    made = TryMakeNode(tree.Fd, Name(i), node, linux, $"/linux/devices/{i}");
            if (made)
                return tree;
        }
        finally
        {
            Sys.Umask(umask);
        }
        tree.Dispose();
        return null;
    }

    /// <summary>Clones one of <see cref="Devices.Defaults"/>.</summary>
    public static Tree Clone(Tree nodes, string name) => Tree.CloneReadOnly(nodes.Fd, name, "/dev/" + name);

    /// <param name="index">Index into linux.devices.</param>
    public static Tree Clone(Tree nodes, int index) => Tree.CloneReadOnly(nodes.Fd, Name(index), Name(index));

    /// <summary>
    /// Clones the null device for the masks of files: ours, or that of the mount on /dev. The host's is the last resort, because its locks
    /// and watches are shared with every process of the host.
    /// </summary>
    /// <param name="devMount">What the config mounts on /dev; null: nothing.</param>
    public static Tree CloneNull(Tree? nodes, Root root, ulong? devMount)
        => nodes is null ? TryCloneNullOf(root, devMount) ?? HostNode.CloneNull() : Clone(nodes, NullName);

    /// <summary>CVE-2025-31133: it is checked when it is held. The image's own is never used, since others may change the image.</summary>
    private static Tree? TryCloneNullOf(Root root, ulong? devMount)
    {
        using Fd? found = devMount is null ? null : root.Find("/dev/" + NullName, throwing: false);
        if (found is null)
            return null;
        Inode inode = Inode.Of(found, "/dev/null");
        bool isNull = HostNode.IsNull(inode) && inode.MountId == devMount;
        return isNull ? Tree.TryCloneReadOnly(found, relatime: true) : null; // as criu restores it
    }

    private static bool TryMakeNode(Fd directory, string name, Node node, Spec.Linux linux, string? pointer)
    {
        SysError error = Sys.TryMknodAt(directory, name, node.Type | node.Mode, makedev(node.Major, node.Minor));
        if (error.Errno == EPERM)
            return false;
        if (error.Failed)
            throw ContainerException.From(ErrorCode.DeviceFailed, error, "cannot create the device", pointer);
        (uint uid, uint gid) = OwnerOutside(node, linux, pointer);
        error = Sys.TryFchownAt(directory, name, uid, gid);
        if (error.Failed)
            throw ContainerException.From(ErrorCode.DeviceFailed, error, "cannot set the device's owner", pointer);
        return true;
    }

    public static (uint Uid, uint Gid) OwnerOutside(Node node, Spec.Linux linux, string? pointer)
        => (IdMapping.ToHost(linux.UidMappings, node.Uid) ?? throw Unmapped("uid", node.Uid, pointer),
            IdMapping.ToHost(linux.GidMappings, node.Gid) ?? throw Unmapped("gid", node.Gid, pointer));

    private static ContainerException Unmapped(string property, uint id, string? pointer)
    {
        string what = pointer is null ? "devices of /dev" : $"device of {pointer}";
        return new(ErrorCode.NamespaceUnmapped, $"cannot create the {what}: {property} {id} is not mapped in the user namespace")
        {
            Pointer = pointer is null ? $"/linux/{property}Mappings" : $"{pointer}/{property}",
            Errno = EINVAL,
        };
    }

    private static string Name(int index) => index.ToString();
}

/// <summary>A device as mknod(2) creates it.</summary>
/// <param name="Type">S_IFCHR, S_IFBLK or S_IFIFO.</param>
internal readonly record struct Node(uint Type, uint Major, uint Minor, uint Mode, uint Uid, uint Gid)
{
    public const uint UsualMode = Modes.O666;

    public string Kind => Type switch
    {
        S_IFIFO => "FIFO that the config lists",
        S_IFBLK => $"block device {Major}:{Minor}",
        _ => $"character device {Major}:{Minor}",
    };

    public static Node From(Device device) => new(
        device.Type switch { 'b' => S_IFBLK, 'p' => S_IFIFO, _ => S_IFCHR },
        (uint)device.Major, (uint)device.Minor, device.FileMode & 0xFFF ?? UsualMode, device.Uid ?? 0, device.Gid ?? 0);

    public bool Is(Inode inode) => inode.Type == Type && (Type == S_IFIFO || inode.Major == Major && inode.Minor == Minor);
}
