using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Terminals;

/// <summary>What stands between the caller's streams and the process's while the runtime stays.</summary>
internal abstract class StreamRelay : IDisposable
{
    /// <summary>How many entries <see cref="Ask"/> fills.</summary>
    public const int PollCount = 4;

    /// <summary>Milliseconds after which to ask again; −1: when something happens.</summary>
    public virtual int Patience => -1;

    /// <summary>What to wait for.</summary>
    public abstract void Ask(Span<pollfd> wait);

    /// <summary>Does what was waited for.</summary>
    public abstract void Serve(ReadOnlySpan<pollfd> wait);

    /// <summary>The process has ended: what it wrote before must still be shown; but not for ever what others write there.</summary>
    public abstract bool StillHasOutput();

    /// <summary>What the process wrote could not be written on, and it had no way to learn that.</summary>
    public virtual bool HasLost => false;

    /// <summary>The caller's terminal has another size.</summary>
    public virtual void Resize() { }

    public abstract void Dispose();

    /// <summary>
    /// A stream that is not ready must not stop us: others have it open, so a description of our own is made non-blocking. Where
    /// that cannot be, what poll(2) allows is written in pieces that it has room for.
    /// </summary>
    protected static Fd Writable(int number)
    {
        Fd stream = Fd.Own(number); // borrowed
        if (Inode.Of(stream, "standard stream").Type is not (S_IFCHR or S_IFIFO))
            return stream; // a file has an offset of its own
        return Sys.TryOpenAt(Fd.Cwd, $"/proc/self/fd/{number}", O_WRONLY | O_NONBLOCK | O_NOCTTY, out _) ?? stream;
    }
}
