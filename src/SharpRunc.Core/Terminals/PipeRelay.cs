using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Terminals;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Pipes between the caller's streams and a process without its own terminal. Such a process does not get the caller's terminal either:
/// anything that it leaves behind could read what is typed there later, and could change its modes and owner. If a standard stream is a
/// terminal, the process gets one end of a pipe, and the runtime relays the data as long as the process lives. The same applies to a file
/// or device of the host that cannot be passed through a clone that protects its inode (<see cref="CallerStream"/>).
/// </summary>
internal sealed class PipeRelay : StreamRelay
{
    private const int StreamCount = 3;

    /// <summary>A background job may not read, and no event reports that it comes to the foreground, so this is polled.</summary>
    private const int ForegroundMilliseconds = 200;

    private readonly RuntimeContext context;
    private readonly CallerStream[] streams;
    private readonly bool detached;
    private readonly List<OutputPipe> outputs = [];
    private Fd? toProcess;
    private Flow? input;
    private bool isBackground;

    private PipeRelay(RuntimeContext context, CallerStream[] streams, bool detached)
    {
        this.context = context;
        this.streams = streams;
        this.detached = detached;
    }

    /// <param name="detached">The runtime does not stay and so cannot relay: the process keeps the caller's streams, as the caller
    /// asked.</param>
    /// <returns>null if the process gets the caller's streams.</returns>
    public static PipeRelay? TryCreate(RuntimeContext context, bool detached)
    {
        CallerStream[] streams = new CallerStream[StreamCount];
        bool isReplaced = false;
        string? kept = null;
        for (int number = 0; number < StreamCount; number++)
        {
            streams[number] = CallerStream.Inspect(number);
            if (detached && context.Euid == 0 && streams[number].IsInput)
                streams[number] = CallerStream.Copy(number);
            isReplaced |= streams[number].Reopened is not null || streams[number].IsAtRisk && !detached;
            kept ??= streams[number].Warning;
        }
        if (detached && kept is not null)
            context.Warn($"the process keeps the caller's {kept}; redirect the standard streams, or ask for a terminal of its own");
        return isReplaced ? new PipeRelay(context, streams, detached) : null;
    }

    /// <summary>Makes a clone that has pipes in place of the caller's terminal, and the streams that were reopened.</summary>
    /// <param name="end">Kills the clone if the caller's streams cannot be restored.</param>
    public T CloneWithPipes<T>(Func<T> clone, Action<T> end) where T : class
    {
        List<(int Number, Fd Saved)> replaced = [];
        T? made = null;
        try
        {
            for (int number = 0; number < StreamCount; number++)
                if (streams[number].Reopened is { } again)
                    ReplaceStream(again, number, replaced);
                else if (IsRelayed(number))
                    ReplaceByPipe(number, replaced);
            made = clone();
        }
        finally
        {
            RestoreStreams(replaced, made, end);
        }
        return made;
    }

    private static void RestoreStreams<T>(List<(int, Fd)> replaced, T? made, Action<T> end) where T : class
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
        CloseInput();
        foreach (OutputPipe outlet in outputs)
            outlet.Dispose();
        outputs.Clear();
        for (int number = 0; number < StreamCount; number++)
            if (streams[number].Reopened is { } again)
            {
                if (!detached) // the caller continues where the process stopped reading
                    Sys.TrySeek(Fd.Borrow(number), Sys.TryTell(again));
                again.Dispose();
                streams[number] = default;
            }
    }

    public override int PollMilliseconds => isBackground ? ForegroundMilliseconds : -1;

    public override void FillPollSet(Span<pollfd> wait)
    {
        wait.Fill(Flow.Nothing);
        if (input is { IsOpen: true })
        {
            isBackground = !input.HasPending && !Sys.IsInForeground(Fd.Borrow(0));
            wait[0] = isBackground ? Flow.Nothing : input.Wanted;
            wait[1] = new pollfd { fd = toProcess!.Number }; // reports that the reader is gone
        }
        for (int i = 0; i < outputs.Count; i++)
            wait[2 + i] = outputs[i].Wanted;
    }

    public override void HandleEvents(ReadOnlySpan<pollfd> wait)
    {
        if (wait[0].revents != 0 && input!.Move() == Flow.Refused || wait[1].revents != 0 || input is { IsOpen: false })
            CloseInput();
        for (int i = 0; i < outputs.Count; i++)
            if (wait[2 + i].revents != 0)
                outputs[i].Move();
    }

    public override bool HasLost => outputs.Exists(static outlet => outlet.HasLost);

    public override bool HasPendingOutput()
    {
        CloseInput();
        bool has = false;
        foreach (OutputPipe outlet in outputs)
            has |= outlet.HasPending();
        return has;
    }

    private bool IsRelayed(int number) => streams[number].IsAtRisk && !detached;

    private void ReplaceByPipe(int number, List<(int, Fd)> replaced)
    {
        if (number == 2 && IsRelayed(1) && IsSame(Fd.Borrow(2), replaced[^1].Item2))
        {
            ReplaceStream(Fd.Borrow(1), 2, replaced); // one pipe for the same terminal or file keeps the order of the output
            return;
        }
        (Fd read, Fd write) = Sys.Pipe();
        using Fd theirs = number == 0 ? read : write;
        Fd ours = number == 0 ? write : read;
        Sys.Fcntl(ours, F_SETFL, O_NONBLOCK);
        if (number == 0)
            input = new Flow(Fd.Borrow(0), toProcess = ours);
        else
            outputs.Add(new OutputPipe(context, ours, Writable(number), number));
        ReplaceStream(theirs, number, replaced);
    }

    private static void ReplaceStream(Fd theirs, int number, List<(int, Fd)> replaced)
    {
        replaced.Add((number, InheritedFds.Copy(Fd.Borrow(number))));
        Sys.Dup2(theirs, number);
    }

    private static bool IsSame(Fd one, Fd other)
    {
        Inode a = Inode.Of(one, "terminal"), b = Inode.Of(other, "terminal");
        return a.Device == b.Device && a.Number == b.Number;
    }

    /// <summary>The process can still read what is in the pipe.</summary>
    private void CloseInput()
    {
        input?.Close();
        toProcess?.Dispose();
    }

    /// <summary>One of the process's output streams.</summary>
    private sealed class OutputPipe(RuntimeContext context, Fd pipe, Fd terminal, int number) : IDisposable
    {
        private readonly Flow flow = new(pipe, terminal);
        private int remaining = -1;

        public pollfd Wanted => remaining < 0 || flow.HasPending ? flow.Wanted : Flow.Nothing;

        public void Dispose()
        {
            pipe.Dispose();
            if (terminal.Number >= StreamCount)
                terminal.Dispose();
        }

        /// <summary>Relays output. If the target refuses it, the process sees its reader gone, and cannot be told why.</summary>
        public void Move()
        {
            if (flow.Move() == Flow.Refused)
                ReportLoss();
        }

        /// <summary>Bytes that the process considers written were lost: the disk is full, or a quota is exceeded.</summary>
        public bool HasLost => flow.Error is not (0 or EPIPE or EIO);

        private void ReportLoss()
        {
            pipe.Dispose();
            if (!HasLost)
                return;
            string lost = $"what the process writes to descriptor {number} is lost: {strerror(flow.Error)}";
            context.Fail($"{lost}; further writes fail with EPIPE", null);
        }

        /// <summary>
        /// Whether output is left that was in the pipe when the process ended. Other processes may write more, which is not shown.
        /// </summary>
        public bool HasPending()
        {
            if (!flow.IsOpen)
                return false;
            if (remaining < 0)
                remaining = Sys.Readable(pipe);
            if (!flow.HasPending && remaining > 0)
                remaining = Math.Max(0, remaining - Math.Max(flow.Move(), 1)); // the read may return more than was counted
            return flow.HasPending;
        }
    }
}
