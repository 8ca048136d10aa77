using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>
/// The container's user must be able to reopen /dev/stdout, which is a link to a pipe that someone else made: its owner
/// is changed. The host's /dev/null becomes the container's own: nothing of the host's mounts stays open in it, and criu can
/// write it down.
/// </summary>
internal static class Stdio
{
    /// <param name="root">The container's, already switched to.</param>
    public static void GiveTo(uint uid, Root root)
    {
        Fd? nullDevice = null;
        for (int number = 0; number <= 2; number++)
        {
            Fd fd = Fd.Own(number); // borrowed: it is not disposed
            Inode inode = Inode.Of(fd, "stdio");
            bool isNull = IsNull(inode);
            if (isNull)
                nullDevice ??= OpenNull(root);
            if (isNull && nullDevice is not null)
                Sys.Dup2(nullDevice, number);
            if (isNull || inode.Uid == uid)
                continue;
            int error = Sys.TryFchown(fd, uid, uint.MaxValue, "stdio");
            if (error < 0 && error is not (-EPERM or -EROFS or -EINVAL))
                throw new SysException("fchown", $"file descriptor {number}", -error);
        }
        nullDevice?.Dispose();
    }

    /// <summary>null when the image, or by now the container, has something else there.</summary>
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

    private static bool IsNull(Fd fd) => IsNull(Inode.Of(fd, "/dev/null"));

    private static bool IsNull(Inode inode) => inode is { Type: S_IFCHR, Major: 1, Minor: 3 };
}
