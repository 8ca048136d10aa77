using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What a descriptor really refers to: everything that is later bound, executed or written is checked first.</summary>
internal readonly struct Inode
{
    private readonly string subject;

    private Inode(statx facts, string subject)
    {
        this.subject = subject;
        Type = facts.stx_mode & S_IFMT;
        Mode = facts.stx_mode & 0xFFFu;
        Uid = facts.stx_uid;
        Gid = facts.stx_gid;
        Number = facts.stx_ino;
        Links = facts.stx_nlink;
        Major = facts.stx_rdev_major;
        Minor = facts.stx_rdev_minor;
        MountId = facts.stx_mnt_id;
        IsMountRoot = (facts.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
        Device = (facts.stx_dev_major, facts.stx_dev_minor);
    }

    /// <summary>S_IFREG, S_IFDIR, S_IFCHR ….</summary>
    public uint Type { get; }

    /// <summary>Permission, set-id and sticky bits.</summary>
    public uint Mode { get; }

    public uint Uid { get; }

    public uint Gid { get; }

    public ulong Number { get; }

    /// <summary>The number of its names.</summary>
    public uint Links { get; }

    /// <summary>The device numbers of a device node.</summary>
    public uint Major { get; }

    public uint Minor { get; }

    public ulong MountId { get; }

    /// <summary>Whether it is the root of a mount, as opposed to something below.</summary>
    public bool IsMountRoot { get; }

    /// <summary>The file system that it is on.</summary>
    public (uint Major, uint Minor) Device { get; }

    /// <summary>For messages.</summary>
    public string Kind => Type switch
    {
        S_IFDIR => "a directory",
        S_IFLNK => "a symbolic link",
        S_IFIFO => "a FIFO",
        S_IFCHR => "a character device",
        S_IFBLK => "a block device",
        S_IFREG => "a file",
        _ => "a socket",
    };

    public bool IsDirectory => Type == S_IFDIR;

    public bool IsLink => Type == S_IFLNK;

    public static Inode Of(Fd fd, string subject) => new(Sys.Statx(fd, "", subject), subject);

    /// <summary>Refuses anything but the character device <paramref name="major"/>:<paramref name="minor"/>.</summary>
    public void RequireCharDevice(uint major, uint minor)
    {
        if (Type != S_IFCHR || Major != major || Minor != minor)
            throw new UnexpectedInodeException($"{subject} is not the character device {major}:{minor}");
    }

    /// <summary>Refuses anything but the device that the other inode refers to, under any name.</summary>
    public void RequireDevice(Inode other)
    {
        if (!IsSameDeviceAs(other))
            throw new UnexpectedInodeException($"{subject} is another device than before");
    }

    /// <summary>Whether both are nodes of the same device.</summary>
    public bool IsSameDeviceAs(Inode other)
    {
        bool isDevice = Type is S_IFCHR or S_IFBLK;
        return isDevice && Type == other.Type && Major == other.Major && Minor == other.Minor;
    }

    /// <summary>Whether both are the same file, regardless of mount and name.</summary>
    public bool IsSameAs(Inode other) => Number == other.Number && Device == other.Device;

    /// <summary>Refuses anything but a directory.</summary>
    public void RequireDirectory()
    {
        if (!IsDirectory)
            throw new UnexpectedInodeException($"{subject} is not a directory");
    }
}

/// <summary>A file is not what it must be: someone has put something else in its place.</summary>
internal sealed class UnexpectedInodeException(string message) : Exception(message);
