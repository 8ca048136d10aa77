using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Terminals;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Copies bytes from one descriptor to another: no more are read before these are written.</summary>
internal sealed class Flow(Fd from, Fd to)
{
    /// <summary>The target can no longer be written to (<see cref="Error"/>).</summary>
    public const int Refused = -1;

    /// <summary>PIPE_BUF: a pipe that poll(2) reports as writable accepts this much.</summary>
    private readonly byte[] buffer = new byte[4096];
    private int start, end;

    public bool IsOpen { get; private set; } = true;

    /// <summary>errno(3) of the refused write: EPIPE and EIO mean that the reader is gone.</summary>
    public int Error { get; private set; }

    public bool HasPending => IsOpen && start < end;

    /// <summary>What to poll for next; nothing if the flow has ended.</summary>
    public pollfd Wanted
    {
        get
        {
            if (!IsOpen)
                return Nothing;
            return HasPending ? new pollfd { fd = to.Number, events = POLLOUT } : new pollfd { fd = from.Number, events = POLLIN };
        }
    }

    /// <summary>An entry that poll(2) ignores.</summary>
    public static pollfd Nothing => new() { fd = -1 };

    public void Close() => IsOpen = false;

    /// <summary>Reads or writes once poll(2) reports readiness.</summary>
    /// <returns>The number of bytes read or written; 0: none this time, or end of file; <see cref="Refused"/>.</returns>
    public int Move() => HasPending ? Write() : Read();

    private int Read()
    {
        int got = Sys.TryRead(from, buffer, out SysError error);
        if (error.Errno == EAGAIN)
            return 0;
        // EIO: no process has the terminal open any more, or ours was hung up.
        if (got <= 0)
        {
            Close();
            return 0;
        }
        (start, end) = (0, got);
        return got;
    }

    private int Write()
    {
        int put = Sys.TryWriteSome(to, buffer.AsSpan(start, end - start), out SysError error);
        if (error.Errno == EAGAIN)
            return 0;
        if (error.Failed)
        {
            Error = error.Errno;
            Close();
            return Refused;
        }
        start += put;
        return put;
    }
}
