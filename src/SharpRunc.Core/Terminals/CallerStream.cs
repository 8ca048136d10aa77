using SharpRunc.Core.Rootfs;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Terminals;

/// <summary>
/// One of the caller's standard streams that is passed to a process without its own terminal. A descriptor leads to the inode behind it:
/// through /proc/self/fd the process can reopen it, for writing too, and change its mode, owner and times.
/// </summary>
internal readonly struct CallerStream
{
    private const int MaxCopied = 16 << 20;

    private CallerStream(bool isAtRisk, string? warning = null, Fd? reopened = null) => (IsAtRisk, Warning, Reopened) = (isAtRisk, warning, reopened);

    /// <summary>It is not passed on if the runtime stays and can relay the data.</summary>
    public bool IsAtRisk { get; }

    /// <summary>
    /// If it is passed on nevertheless: what the process keeps, and what it can do with it. null: a log or the like, as the caller asked.
    /// </summary>
    public string? Warning { get; }

    /// <summary>
    /// A file open for reading for which no read-only clone can be made, because it is of another mount namespace for example.
    /// </summary>
    public bool IsInput { get; private init; }

    /// <summary>For a runtime that does not stay to relay the data: a copy in memory of what is left to read.</summary>
    public static CallerStream CopyOf(int number) => HostNode.TryCopy(Fd.Own(number), MaxCopied) is { } copy
        ? new(isAtRisk: false, reopened: copy)
        : throw new ContainerException($"file descriptor {number} is a file that the process could change, and that can be neither made read-only (it is of another mount namespace, or its mount cannot be bound) nor copied (it has more than {MaxCopied >> 20} MiB)")
        { Hint = "hand it over through a pipe: cat FILE | …" };

    /// <summary>The descriptor that replaces it: nothing of the inode can be changed through this one.</summary>
    public Fd? Reopened { get; }

    public static CallerStream Of(int number)
    {
        Fd stream = Fd.Own(number); // borrowed
        Inode inode = Inode.Of(stream, "standard stream");
        int flags = (int)Sys.Fcntl(stream, F_GETFL);
        if ((flags & O_PATH) != 0 && !inode.IsDirectory)
            throw new ContainerException($"file descriptor {number} is {inode.Kind} that is not open: nothing can be read from it or written to it (O_PATH)")
            { Hint = "a standard stream is a pipe, a socket, a terminal, a file or a device" };
        return inode.Type switch
        {
            S_IFREG when (flags & O_ACCMODE) == O_RDONLY && HostNode.TryReopen(stream, inode, flags) is { } again => new(isAtRisk: false, reopened: again),
            S_IFREG when (flags & O_ACCMODE) == O_RDONLY => new(isAtRisk: true) { IsInput = true },
            S_IFREG => new(isAtRisk: true),
            S_IFCHR when HostNode.IsNull(inode) => default,
            S_IFCHR when Sys.TryGetModes(stream, out _) => new(isAtRisk: true, "terminal: what it leaves behind can read what is typed there"),
            S_IFCHR or S_IFBLK when HostNode.IsExclusive(stream) => new(isAtRisk: true, "device, which can be opened once only: it may change the node's mode and owner"),
            _ => default,
        };
    }
}
