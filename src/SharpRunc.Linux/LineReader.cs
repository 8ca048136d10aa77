using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The lines of a file that others can make as long as they like (/proc/locks, another process's mountinfo), one after the other: whatever
/// they do, it takes the memory of the buffer, and the time of a limit.
/// </summary>
/// <param name="buffer">As long as the longest line may be.</param>
/// <param name="limit">How many bytes are read at most.</param>
internal ref struct LineReader(Fd file, Span<byte> buffer, string subject, long limit)
{
    private readonly Span<byte> buffer = buffer;
    private int from, to;
    private long total;

    /// <summary>Without its end; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>False at the end of the file.</summary>
    /// <exception cref="SysException">EFBIG: a line or the file is too long.</exception>
    public bool Next()
    {
        while (true)
        {
            int length = buffer[from..to].IndexOf((byte)'\n');
            if (length >= 0)
            {
                Line = buffer.Slice(from, length);
                from += length + 1;
                return true;
            }
            buffer[from..to].CopyTo(buffer);
            (from, to) = (0, to - from);
            int got = to < buffer.Length ? Sys.Read(file, buffer[to..], subject) : throw new SysException("read", subject, EFBIG);
            if (got == 0)
            {
                Line = buffer[..to];
                to = 0;
                return !Line.IsEmpty;
            }
            total += got;
            if (total > limit)
                throw new SysException("read", subject, EFBIG);
            to += got;
        }
    }
}
