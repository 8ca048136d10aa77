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

/// <summary>--pid-file: decimal, without a newline, and replaced atomically.</summary>
internal static class PidFile
{
    /// <summary>
    /// Checks the path before anything is created. The file is replaced, so a device (/dev/null) or a FIFO in its place is refused.
    /// </summary>
    /// <param name="path">Relative to the directory that the command was called in; null: no file is wanted.</param>
    /// <returns>Absolute.</returns>
    public static string? Check(string? path)
    {
        if (path is null)
            return null;
        using Fd? there = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out _);
        if (there is not null && Inode.Of(there, path) is { Type: not (S_IFREG or S_IFDIR) } other)
            throw new ContainerException($"--pid-file: {path} is {other.Kind}, but must be a file");
        return LexicalPath.Absolute(path);
    }

    public static void Write(string path, int pid)
    {
        int slash = path.LastIndexOf('/');
        string unfinished = $"{path[..(slash + 1)]}.{path[(slash + 1)..]}";
        try
        {
            Sys.TryUnlinkAt(Fd.Cwd, unfinished); // left by a create that was killed
            using (Fd file = Sys.OpenAt(Fd.Cwd, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Modes.O644))
                Sys.Write(file, System.Text.Encoding.ASCII.GetBytes(pid.ToString()), unfinished);
            Sys.RenameAt(Fd.Cwd, unfinished, Fd.Cwd, path);
        }
        catch (SysException e)
        {
            Sys.TryUnlinkAt(Fd.Cwd, unfinished);
            throw ContainerException.From(new SysException(e.Call, path, e.Errno), "cannot write --pid-file");
        }
    }
}
