using SharpRunc.Core;
using SharpRunc.Linux;

namespace SharpRunc.Logging;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// --log, --log-format and --debug, checked. The file is opened immediately, because create changes the working directory.
/// </summary>
internal sealed class LogSettings
{
    private const uint FileMode = Modes.O644;

    public LogSettings(string? path, string format, bool debug)
    {
        if (format is not ("text" or "json"))
            throw new ContainerException(ErrorCode.UsageValue, $"invalid log-format: {format}: expected text or json");
        Json = format == "json";
        Debug = debug;
        if (string.IsNullOrEmpty(path))
            return;
        using Fd file = Open(path);
        File = Core.InheritedFds.Copy(file);
    }

    /// <summary>The command and the container that it is about, for JSON; null: not known yet, or none.</summary>
    public string? Command { get; set; }

    /// <inheritdoc cref="Command"/>
    public string? Id { get; set; }

    /// <summary><see cref="Parsing.Command.SharesStderr"/>.</summary>
    public bool SharesStderr { get; set; }

    /// <summary>Whether lines below error are written. If stderr is shared, they are written to it only when it is a terminal.</summary>
    public bool IsVerbose => File is not null || Debug || !SharesStderr || Sys.TryGetModes(Fd.Borrow(2), out _);

    /// <summary>null: stderr.</summary>
    public Fd? File { get; }

    public bool Json { get; }

    public bool Debug { get; }

    /// <summary>
    /// Refuses a FIFO, because opening it or writing the first line would block. Besides files, callers name terminals, /dev/null and pipes
    /// that are already open (/dev/stderr).
    /// </summary>
    private static Fd Open(string path)
    {
        int flags = O_WRONLY | O_CREAT | O_APPEND | O_SYNC | O_NONBLOCK | O_NOCTTY;
        Fd? file = Core.State.TrustedPath.TryOpenFile(path, "the log", flags, FileMode, out SysError error);
        if (error.Errno == ENXIO) // a FIFO without a reader, or a socket
            throw new ContainerException(ErrorCode.UsageFile, $"--log: {path} is not a file");
        if (file is null)
            throw ContainerException.From(ErrorCode.UsageFile, error, "--log");
        Inode inode = Inode.Of(file, path);
        bool isTaken = inode.Type == S_IFREG
            || inode.Type == S_IFIFO && Sys.Fstatfs(file).f_type == PIPEFS_MAGIC
            || inode is { Type: S_IFCHR, Major: 1, Minor: 3 } || inode.Type == S_IFCHR && Sys.TryGetModes(file, out _);
        if (!isTaken)
            throw new ContainerException(ErrorCode.UsageFile, $"--log: {path} is {inode.Kind}, but must be a file");
        Sys.Fcntl(file, F_SETFL, O_APPEND);
        return file;
    }
}
