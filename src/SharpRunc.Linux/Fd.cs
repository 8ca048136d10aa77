using System;
using System.Diagnostics.CodeAnalysis;

namespace SharpRunc.Linux;

/// <summary>
/// An owned file descriptor, close-on-exec from the start. It is closed by <c>using</c> and never by a finalizer, because after a bulk
/// close the number may belong to someone else. It cannot be formatted into a path by accident.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "fd is the kernel's word")]
internal sealed class Fd : IDisposable
{
    private int number;

    private Fd(int number) => this.number = number;

    /// <summary>Takes ownership of a number that the kernel has just returned.</summary>
    internal static Fd Own(nint number) => new((int)number);

    /// <summary>AT_FDCWD: paths are relative to the working directory.</summary>
    internal static readonly Fd Cwd = new(LibC.Libc.AT_FDCWD);

    /// <summary>The number, for the system call layer and the last mile only.</summary>
    internal int Number => number != Closed ? number : throw new ObjectDisposedException(nameof(Fd));

    /// <summary>Gives up ownership of the number: someone else closes it, or exec does.</summary>
    internal int Release()
    {
        int released = Number;
        number = Closed;
        return released;
    }

    public void Dispose()
    {
        if (number == Closed || number == LibC.Libc.AT_FDCWD)
            return;
        Sys.Close(number);
        number = Closed;
    }

    private const int Closed = -1;
}
