using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A file that the caller names. A FIFO would block and a device has no end, so both are refused. An open pipe, which a shell makes for
/// <c>&lt;(…)</c> and /dev/stdin, may be accepted.
/// </summary>
internal static class InputFile
{
    /// <param name="name">What the file is, for the error message.</param>
    /// <param name="mayBePipe">Accepts an anonymous pipe too.</param>
    /// <exception cref="SysException">It cannot be opened or read.</exception>
    /// <exception cref="ContainerException">It is neither a regular file nor such a pipe.</exception>
    public static byte[] Read(string path, string name, int limit, bool mayBePipe = false)
    {
        using Fd file = Sys.OpenAt(Fd.Cwd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        Inode inode = Inode.Of(file, path);
        if (inode.Type == S_IFIFO && mayBePipe && Sys.Fstatfs(file).f_type == PIPEFS_MAGIC)
            Sys.Fcntl(file, F_SETFL, 0);
        else if (inode.Type is not (S_IFREG or S_IFDIR)) // reading a directory gives its own error
            throw new ContainerException($"{name}: {path} is {inode.Kind}, but must be a file");
        return Sys.ReadAll(file, path, limit);
    }
}
