using System;
using SharpRunc.Core.State;
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
            throw new ContainerException(ErrorCode.UsageFile, $"{name}: {path} is {inode.Kind}, but must be a file");
        return Sys.ReadAll(file, path, limit);
    }
}

/// <summary>
/// --pid-file: decimal, without a newline, and replaced atomically. Its directory is looked up once, and the unfinished file has a name
/// that nobody can know before: nothing but the file itself is ever overwritten or removed.
/// </summary>
internal sealed class PidFile : IDisposable
{
    private const string What = "cannot write --pid-file";
    private const int NonceSize = 8;

    private readonly TrustedPath place;
    private readonly string path;

    private PidFile(TrustedPath place, string path)
    {
        this.place = place;
        this.path = path;
    }

    /// <summary>
    /// Checks the path before anything is created. The file is replaced, so a device (/dev/null) or a FIFO in its place is refused.
    /// </summary>
    /// <param name="path">Relative to the directory that the command was called in; null: no file is wanted.</param>
    public static PidFile? Find(string? path)
    {
        if (path is null)
            return null;
        TrustedPath place = TrustedPath.TryFindPlace(path, "the pid file", out SysError error)
            ?? throw ContainerException.From(ErrorCode.UsageFile, error, What);
        using Fd? there = Sys.TryOpenAt(place.Directory, place.Entry, O_PATH, out _);
        if (there is not null && Inode.Of(there, path) is { Type: not (S_IFREG or S_IFDIR) } other)
            throw new ContainerException(ErrorCode.UsageFile, $"--pid-file: {path} is {other.Kind}, but must be a file");
        return new(place, path);
    }

    public void Dispose() => place.Dispose();

    public void Write(int pid)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Sys.GetRandom(nonce);
        string unfinished = ".pid-" + Convert.ToHexStringLower(nonce);
        bool isMade = false;
        try
        {
            using (Fd file = Sys.OpenAt(place.Directory, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Modes.O644))
            {
                isMade = true;
                Sys.Write(file, System.Text.Encoding.ASCII.GetBytes(pid.ToString()), unfinished);
            }
            int replace = place.IsFree() ? RENAME_NOREPLACE : 0;
            Sys.TryRenameAt(place.Directory, unfinished, place.Directory, place.Entry, replace).ThrowIfFailed();
        }
        catch (Exception e) when (e is SysException or ContainerException)
        {
            if (isMade)
                Sys.TryUnlinkAt(place.Directory, unfinished);
            if (e is SysException refused)
                throw ContainerException.From(ErrorCode.UsageFile, new SysException(refused.Call, path, refused.Errno), What);
            throw;
        }
        place.Dispose();
    }
}
