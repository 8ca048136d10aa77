using SharpRunc.Core.Rootfs;
using SharpRunc.Linux;

namespace SharpRunc.Core.Terminals;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// One of the caller's standard streams that is passed to a process without its own terminal. A descriptor leads to the inode behind it:
/// through /proc/self/fd the process can reopen it, for writing too, and change its mode, owner and times.
/// </summary>
internal readonly struct CallerStream
{
    private const int MaxCopied = 16 << 20;

    private const string Terminal = "terminal: processes that it leaves behind can read what is typed there";

    private const string ExclusiveDevice = "device, which can be opened only once: it may change the node's mode and owner";

    private CallerStream(bool isAtRisk, string? warning = null, Fd? reopened = null)
    {
        IsAtRisk = isAtRisk;
        Warning = warning;
        Reopened = reopened;
    }

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
    public static CallerStream Copy(int number)
    {
        if (HostNode.TryCopy(Fd.Borrow(number), MaxCopied) is { } copy)
            return new(isAtRisk: false, reopened: copy);
        const string NotReadOnly = "it belongs to another mount namespace, or its mount cannot be bound";
        string can = $"can be neither made read-only ({NotReadOnly}) nor copied (it has more than {MaxCopied >> 20} MiB)";
        throw new ContainerException(
            ErrorCode.StreamRefused, $"file descriptor {number} is a file that the process could change, and that {can}")
        {
            Hint = "pass it through a pipe: cat FILE | …",
        };
    }

    /// <summary>The descriptor that replaces it: nothing of the inode can be changed through this one.</summary>
    public Fd? Reopened { get; }

    public static CallerStream Inspect(int number)
    {
        Fd stream = Fd.Borrow(number);
        Inode inode = Inode.Of(stream, "standard stream");
        int flags = (int)Sys.Fcntl(stream, F_GETFL);
        if ((flags & O_PATH) != 0 && !inode.IsDirectory)
        {
            string what = $"{inode.Kind} that is not open: nothing can be read from it or written to it (O_PATH)";
            throw new ContainerException(ErrorCode.StreamRefused, $"file descriptor {number} is {what}")
            {
                Hint = "a standard stream must be a pipe, a socket, a terminal, a file or a device",
            };
        }
        return inode.Type switch
        {
            S_IFREG when (flags & O_ACCMODE) == O_RDONLY => InspectInput(stream, inode, flags),
            S_IFREG => new(isAtRisk: true),
            S_IFCHR when HostNode.IsNull(inode) => default,
            S_IFCHR when Sys.TryGetModes(stream, out _) => new(isAtRisk: true, Terminal),
            S_IFCHR or S_IFBLK when HostNode.IsExclusive(stream) => new(isAtRisk: true, ExclusiveDevice),
            _ => default,
        };
    }

    private static CallerStream InspectInput(Fd stream, Inode inode, int flags)
    {
        if (HostNode.TryReopen(stream, inode, flags) is { } again)
            return new(isAtRisk: false, reopened: again);
        return new(isAtRisk: true) { IsInput = true };
    }
}
