using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rootfs;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Standard streams of the container. Its user must be able to reopen /dev/stdout, which is a link to a pipe that another process made, so
/// the pipe's owner is changed. A device node of the host is shared by all: its owner stays, and the stream is replaced by a descriptor
/// through which the node cannot be changed.
/// </summary>
internal static class Stdio
{
    private enum Kind
    {
        /// <summary>Nothing is done about its owner or inode.</summary>
        Other,
        /// <summary>Made for the process: a pipe, a socket, a terminal, a file that it may write to.</summary>
        Own,
        Null,
        /// <summary>Any other device of the host.</summary>
        Device,
    }

    /// <param name="root">The container's root, already switched to.</param>
    public static void SetOwners(ProcessPlan plan, Root root, Channel channel)
    {
        uint uid = plan.Process?.User.Uid ?? 0;
        Fd? nullDevice = null; // borrowed, too: the first stream that was changed to it
        for (int number = 0; number <= 2; number++)
        {
            Fd fd = Fd.Borrow(number);
            string subject = $"file descriptor {number}";
            Inode inode = Inode.Of(fd, subject);
            switch (KindOf(fd, inode, number))
            {
                case Kind.Own:
                    if (inode.Uid != uid)
                        SetOwner(plan, fd, uid, channel, subject);
                    // A terminal that we allocated is an inode of the container's devpts.
                    if (inode.Type == S_IFCHR && plan.Process is { Terminal: false })
                        Reopen(plan, number, channel, required: false);
                    break;
                case Kind.Null when nullDevice is not null:
                    Sys.Dup2(nullDevice, number);
                    break;
                case Kind.Null when OpenNull(root) is { } opened:
                    using (opened)
                        Sys.Dup2(opened, number);
                    nullDevice = fd;
                    break;
                case Kind.Null or Kind.Device:
                    Reopen(plan, number, channel, required: true);
                    break;
            }
        }
    }

    /// <summary>Message.StdioOwner, in the runtime: root of a user namespace cannot change an owner that is not mapped in it.</summary>
    /// <param name="map">The child's uid_map, in our ids.</param>
    public static void SetOwnerInRuntime(Fd fd, uint uid, Spec.IdMapping[] map)
    {
        if (Spec.IdMapping.ToHost(map, uid) is { } owner)
            TrySetOwner(fd, owner, "standard stream");
    }

    private static Kind KindOf(Fd fd, Inode inode, int number) => inode.Type switch
    {
        // CVE-2024-21626: all of the host can be reached from one of its directories.
        S_IFDIR => throw new ContainerException(ErrorCode.StreamRefused, $"file descriptor {number} is a directory")
        {
            Hint = "a standard stream must be a pipe, a socket, a terminal, a file or a device",
        },
        S_IFIFO or S_IFSOCK => Kind.Own,
        // A read-only stream stays the caller's: a new owner could reopen it for writing.
        S_IFREG => ((int)Sys.Fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY ? Kind.Other : Kind.Own,
        S_IFCHR when HostNode.IsNull(inode) => Kind.Null,
        S_IFCHR when Sys.TryGetModes(fd, out _) => Kind.Own,
        S_IFCHR or S_IFBLK => Kind.Device,
        _ => Kind.Other,
    };

    private static void SetOwner(ProcessPlan plan, Fd fd, uint uid, Channel channel, string subject)
    {
        if (TrySetOwner(fd, uid, subject) || !plan.HasUser || !plan.IsPrivileged)
            return;
        channel.Send(Message.StdioOwner, System.BitConverter.GetBytes(uid), [fd]);
        channel.Await(Message.StdioOwnerSet);
    }

    private static bool TrySetOwner(Fd fd, uint uid, string subject)
    {
        SysError error = Sys.TryFchown(fd, uid, uint.MaxValue, subject);
        if (error.Errno is not (EPERM or EROFS or EINVAL))
            error.ThrowIfFailed();
        return !error.Failed;
    }

    /// <summary>
    /// Has the runtime open the device through a read-only clone. An ordinary user's runtime cannot do that, and need not: the host's nodes
    /// do not belong to that user, so none of the mapped users can change them.
    /// </summary>
    /// <param name="required">false: a terminal that hangs up or comes from elsewhere stays as it is. So does a device that can be opened
    /// only once: the caller has been warned.</param>
    private static void Reopen(ProcessPlan plan, int number, Channel channel, bool required)
    {
        if (!plan.IsPrivileged)
            return;
        channel.Send(Message.DeviceRequest, [], [Fd.Borrow(number)]);
        Fd[] reopened = channel.Await(Message.Device);
        if (reopened.Length > 0)
        {
            using (reopened[0])
                Sys.Dup2(reopened[0], number);
            return;
        }
        if (!required)
            return;
        int error = System.BitConverter.ToInt32(channel.Payload);
        if (error != EBUSY)
            throw ContainerException.From(ErrorCode.StreamRefused, new SysException("open_tree", $"file descriptor {number}", error),
                "cannot open a device of the host so that its node cannot be changed");
    }

    /// <summary>
    /// Opens the container's own /dev/null, so that no descriptor of the host's mounts stays open in it, and criu can dump it. null if the
    /// image, or by now the container, has something else there.
    /// </summary>
    private static Fd? OpenNull(Root root)
    {
        using (Fd? there = root.Find("/dev/null", throwing: false))
            if (there is null || !IsNull(there))
                return null;
        Fd? opened = root.TryOpen("/dev/null", O_RDWR | O_NOCTTY);
        if (opened is null || IsNull(opened))
            return opened;
        opened.Dispose();
        return null;
    }

    private static bool IsNull(Fd fd) => HostNode.IsNull(Inode.Of(fd, "/dev/null"));
}
