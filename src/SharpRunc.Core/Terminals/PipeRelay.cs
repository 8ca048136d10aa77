using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Terminals;

/// <summary>
/// A process without a terminal of its own does not get the caller's either: what it leaves behind would read what is typed there afterwards, and
/// could change its modes and its owner. Where a standard stream is a terminal, the process has one end of a pipe, and the runtime carries what
/// passes, as long as the process lives. So it has where the stream is a file or device of the host that it cannot get through a clone that keeps
/// the inode as it is (<see cref="CallerStream"/>).
/// </summary>
internal sealed class PipeRelay : StreamRelay
{
    private const int StreamCount = 3;

    /// <summary>A background job may not read; nothing tells when it is brought to the foreground.</summary>
    private const int ForegroundMilliseconds = 200;

    private readonly RuntimeContext context;
    private readonly CallerStream[] streams;
    private readonly bool detached;
    private readonly List<Outlet> outlets = [];
    private Fd? toProcess;
    private Flow? input;
    private bool isBackground;

    private PipeRelay(RuntimeContext context, CallerStream[] streams, bool detached) => (this.context, this.streams, this.detached) = (context, streams, detached);

    /// <param name="detached">The runtime cannot carry anything, since it does not stay: the process keeps what it has, as the caller asked.</param>
    /// <returns>null where the process has what the caller has.</returns>
    public static PipeRelay? Between(RuntimeContext context, bool detached)
    {
        CallerStream[] streams = new CallerStream[StreamCount];
        bool isReplaced = false;
        string? kept = null;
        for (int number = 0; number < StreamCount; number++)
        {
            streams[number] = CallerStream.Of(number);
            if (detached && context.Euid == 0 && streams[number].IsInput)
                streams[number] = CallerStream.CopyOf(number);
            isReplaced |= streams[number].Reopened is not null || streams[number].IsAtRisk && !detached;
            kept ??= streams[number].Warning;
        }
        if (detached && kept is not null)
            context.Warn($"the process keeps the caller's {kept}; redirect the standard streams, or ask for a terminal of its own");
        return isReplaced ? new PipeRelay(context, streams, detached) : null;
    }

    /// <summary>Makes a clone that has the pipes where the caller's terminal was, and what was opened once more.</summary>
    /// <param name="end">Ends the clone, where the caller's streams cannot be put back.</param>
    public T Lend<T>(Func<T> clone, Action<T> end) where T : class
    {
        List<(int Number, Fd Saved)> replaced = [];
        T? made = null;
        try
        {
            for (int number = 0; number < StreamCount; number++)
                if (streams[number].Reopened is { } again)
                    Put(again, number, replaced);
                else if (IsRelayed(number))
                    Replace(number, replaced);
            made = clone();
        }
        finally
        {
            PutBack(replaced, made, end);
        }
        return made;
    }

    private static void PutBack<T>(List<(int, Fd)> replaced, T? made, Action<T> end) where T : class
    {
        try
        {
            foreach ((int number, Fd saved) in replaced)
            {
                Sys.Dup2(saved, number); // closes our copy of the process's end
                saved.Dispose();
            }
        }
        catch (SysException) when (made is not null)
        {
            end(made);
            throw;
        }
    }

    public override void Dispose()
    {
        EndInput();
        foreach (Outlet outlet in outlets)
            outlet.Dispose();
        outlets.Clear();
        for (int number = 0; number < StreamCount; number++)
            if (streams[number].Reopened is { } again)
            {
                if (!detached) // the caller goes on behind what the process has read
                    Sys.TrySeek(Fd.Own(number), Sys.TryTell(again));
                again.Dispose();
                streams[number] = default;
            }
    }

    public override int Patience => isBackground ? ForegroundMilliseconds : -1;

    public override void Ask(Span<pollfd> wait)
    {
        wait.Fill(Flow.Nothing);
        if (input is { IsOpen: true })
        {
            isBackground = !input.HasPending && !Sys.IsInForeground(Fd.Own(0));
            wait[0] = isBackground ? Flow.Nothing : input.Wanted;
            wait[1] = new pollfd { fd = toProcess!.Number }; // that nobody reads any more
        }
        for (int i = 0; i < outlets.Count; i++)
            wait[2 + i] = outlets[i].Wanted;
    }

    public override void Serve(ReadOnlySpan<pollfd> wait)
    {
        if (wait[0].revents != 0 && input!.Move() == Flow.Refused || wait[1].revents != 0 || input is { IsOpen: false })
            EndInput();
        for (int i = 0; i < outlets.Count; i++)
            if (wait[2 + i].revents != 0)
                outlets[i].Move();
    }

    public override bool HasLost => outlets.Exists(static outlet => outlet.HasLost);

    public override bool StillHasOutput()
    {
        EndInput();
        bool has = false;
        foreach (Outlet outlet in outlets)
            has |= outlet.HasRest();
        return has;
    }

    private bool IsRelayed(int number) => streams[number].IsAtRisk && !detached;

    private void Replace(int number, List<(int, Fd)> replaced)
    {
        if (number == 2 && IsRelayed(1) && IsSame(Fd.Own(2), replaced[^1].Item2))
        {
            Put(Fd.Own(1), 2, replaced); // one terminal or file, one pipe: what is written first is shown first
            return;
        }
        (Fd read, Fd write) = Sys.Pipe();
        using Fd theirs = number == 0 ? read : write;
        Fd ours = number == 0 ? write : read;
        Sys.Fcntl(ours, F_SETFL, O_NONBLOCK);
        if (number == 0)
            input = new Flow(Fd.Own(0), toProcess = ours);
        else
            outlets.Add(new Outlet(context, ours, Writable(number), number));
        Put(theirs, number, replaced);
    }

    private static void Put(Fd theirs, int number, List<(int, Fd)> replaced)
    {
        replaced.Add((number, InheritedFds.Copy(Fd.Own(number))));
        Sys.Dup2(theirs, number);
    }

    private static bool IsSame(Fd one, Fd other)
    {
        Inode a = Inode.Of(one, "terminal"), b = Inode.Of(other, "terminal");
        return a.Device == b.Device && a.Number == b.Number;
    }

    /// <summary>The process reads to the end of what is in the pipe.</summary>
    private void EndInput()
    {
        input?.Close();
        toProcess?.Dispose();
    }

    /// <summary>One of the process's output streams.</summary>
    private sealed class Outlet(RuntimeContext context, Fd pipe, Fd terminal, int number) : IDisposable
    {
        private readonly Flow flow = new(pipe, terminal);
        private int rest = -1;

        public pollfd Wanted => rest < 0 || flow.HasPending ? flow.Wanted : Flow.Nothing;

        public void Dispose()
        {
            pipe.Dispose();
            if (terminal.Number >= StreamCount)
                terminal.Dispose();
        }

        /// <summary>Nobody sees it any more: to the process its reader is gone, and it cannot be told why.</summary>
        public void Move()
        {
            if (flow.Move() == Flow.Refused)
                Refuse();
        }

        /// <summary>Bytes that the process takes for written are in no file: a full disk, a quota.</summary>
        public bool HasLost => flow.Error is not (0 or EPIPE or EIO);

        private void Refuse()
        {
            pipe.Dispose();
            if (HasLost)
                context.Fail($"what the process writes to descriptor {number} is lost: {strerror(flow.Error)}; if it writes on, its pipe is broken", null);
        }

        /// <summary>What was in the pipe when the process ended, and no more: others may write on.</summary>
        public bool HasRest()
        {
            if (!flow.IsOpen)
                return false;
            if (rest < 0)
                rest = Sys.Readable(pipe);
            if (!flow.HasPending && rest > 0)
                rest = Math.Max(0, rest - Math.Max(flow.Move(), 1)); // what was read may be more than was there
            return flow.HasPending;
        }
    }
}
