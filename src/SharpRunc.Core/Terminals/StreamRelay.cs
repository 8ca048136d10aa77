using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Terminals;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Relays between the caller's streams and the process's while the runtime stays.</summary>
internal abstract class StreamRelay : IDisposable
{
    /// <summary>The number of entries that <see cref="FillPollSet"/> fills.</summary>
    public const int PollCount = 4;

    /// <summary>Milliseconds after which to call <see cref="FillPollSet"/> again; −1: wait for an event.</summary>
    public virtual int PollMilliseconds => -1;

    /// <summary>Fills in what to poll for.</summary>
    public abstract void FillPollSet(Span<pollfd> wait);

    /// <summary>Handles the events that poll(2) reported.</summary>
    public abstract void HandleEvents(ReadOnlySpan<pollfd> wait);

    /// <summary>Called after the process has ended: relays what it wrote before, but not endlessly what others write.</summary>
    public abstract bool HasPendingOutput();

    /// <summary>Output of the process was lost, and the process could not notice.</summary>
    public virtual bool HasLost => false;

    /// <summary>Called when the size of the caller's terminal changes.</summary>
    public virtual void Resize() { }

    public abstract void Dispose();

    /// <summary>
    /// A stream that is not ready must not block us. Others share its open file description, so it is reopened to make only ours
    /// non-blocking. If that fails, the writes are no larger than what poll(2) guarantees room for.
    /// </summary>
    protected static Fd Writable(int number)
    {
        Fd stream = Fd.Borrow(number);
        if (Inode.Of(stream, "standard stream").Type is not (S_IFCHR or S_IFIFO))
            return stream; // a reopened file would have its own offset
        return Sys.TryOpenAt(Fd.Cwd, stream.ProcPath, O_WRONLY | O_NONBLOCK | O_NOCTTY, out _) ?? stream;
    }
}
