using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

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
