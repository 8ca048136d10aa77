using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>
/// The container's user must be able to reopen /dev/stdout, which is a link to a pipe that someone else made: its owner
/// is changed. /dev/null is everyone's and stays as it is.
/// </summary>
internal static class Stdio
{
    public static void GiveTo(uint uid)
    {
        for (int number = 0; number <= 2; number++)
        {
            Fd fd = Fd.Own(number); // borrowed: it is not disposed
            Inode inode = Inode.Of(fd, "stdio");
            bool isNull = inode is { Type: S_IFCHR, Major: 1, Minor: 3 };
            if (isNull || inode.Uid == uid)
                continue;
            int error = Sys.TryFchown(fd, uid, uint.MaxValue, "stdio");
            if (error < 0 && error is not (-EPERM or -EROFS or -EINVAL))
                throw new SysException("fchown", $"file descriptor {number}", -error);
        }
    }
}
