using System;
using System.Diagnostics.CodeAnalysis;

namespace SharpRunc.Linux;

/// <summary>
/// An owned file descriptor, close-on-exec from the start. It is closed by <c>using</c> and never by a finalizer, because after a bulk
/// close the number may belong to someone else.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "fd is the kernel's word")]
internal sealed class Fd : IDisposable
{
    private readonly bool isBorrowed;
    private int number;

    private Fd(int number, bool isBorrowed = false)
    {
        this.number = number;
        this.isBorrowed = isBorrowed;
    }

    /// <summary>Takes ownership of a number that the kernel has just returned.</summary>
    public static Fd Own(nint number) => new((int)number);

    /// <summary>A number that somebody else owns, like the caller's standard streams: it is never closed here.</summary>
    public static Fd Borrow(int number) => new(number, isBorrowed: true);

    /// <summary>AT_FDCWD: paths are relative to the working directory.</summary>
    public static readonly Fd Cwd = Borrow(AT_FDCWD);

    /// <summary>The number, for the system call layer and the last mile only.</summary>
    public int Number => number != Closed ? number : throw new ObjectDisposedException(nameof(Fd));

    /// <summary>
    /// A path to what it refers to, for the calls that take no descriptor. The link is the kernel's, and of this process only.
    /// </summary>
    public string ProcPath => string.Concat("/proc/self/fd/", Number.ToString());

    /// <summary>Gives up ownership of the number: someone else closes it, or exec does.</summary>
    public int Release()
    {
        int released = Number;
        number = Closed;
        return released;
    }

    public void Dispose()
    {
        if (number == Closed || isBorrowed)
            return;
        Sys.Close(number);
        number = Closed;
    }

    private const int Closed = -1;
}

/// <summary>A range of descriptor numbers, first to last: close_range(2).</summary>
internal struct CloseRange
{
    public uint First, Last;
}

/// <summary>A file in memory: a hook's standard input, or the store for its output.</summary>
internal static unsafe class MemFd
{
    /// <summary>A file with this content, positioned at its start.</summary>
    public static Fd Holding(string name, ReadOnlySpan<byte> content)
    {
        Fd file = Sys.MemfdCreate(name, 1 /* MFD_CLOEXEC */);
        Sys.Write(file, content, name);
        Sys.Seek(file, 0);
        return file;
    }
}
