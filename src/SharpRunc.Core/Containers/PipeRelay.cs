using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>
/// A process without a terminal of its own does not get the caller's either: what it leaves behind would read what is typed there afterwards, and
/// could change its modes and its owner. Where a standard stream is a terminal, the process has one end of a pipe, and the runtime carries what
/// passes, as long as the process lives. So it has where the stream is a device of the host that can be opened once only, since it cannot get it
/// through a clone that keeps the node as it is (<see cref="Rootfs.HostNode"/>).
/// </summary>
internal sealed class PipeRelay : StreamRelay
{
    private const int StreamCount = 3;

    /// <summary>A background job may not read; nothing tells when it is brought to the foreground.</summary>
    private const int ForegroundMilliseconds = 200;

    private readonly bool[] isRelayed;
    private readonly List<Outlet> outlets = [];
    private Fd? toProcess;
    private Flow? input;
    private bool isBackground;

    private PipeRelay(bool[] isRelayed) => this.isRelayed = isRelayed;

    /// <param name="detached">The runtime cannot carry anything, since it does not stay: the process keeps what it has, as the caller asked.</param>
    /// <returns>null where no standard stream is to be carried.</returns>
    public static PipeRelay? Between(RuntimeContext context, bool detached)
    {
        bool[]? found = null;
        string? kept = null;
        for (int number = 0; number < StreamCount; number++)
        {
            Fd stream = Fd.Own(number);
            string? risk = Sys.TryGetModes(stream, out _) ? "terminal: what it leaves behind can read what is typed there"
                : Rootfs.HostNode.IsExclusive(stream) ? "device, which can be opened once only: it may change the node's mode and owner" : null;
            if (risk is not null)
                (found ??= new bool[StreamCount])[number] = true;
            kept ??= risk;
        }
        if (found is null)
            return null;
        if (!detached)
            return new PipeRelay(found);
        context.Warn($"the process keeps the caller's {kept}; redirect the standard streams, or ask for a terminal of its own");
        return null;
    }

    /// <summary>Makes a clone that has the pipes where the caller's terminal was.</summary>
    public T Lend<T>(Func<T> clone)
    {
        List<(int Number, Fd Saved)> replaced = [];
        try
        {
            for (int number = 0; number < StreamCount; number++)
                if (isRelayed[number])
                    Replace(number, replaced);
            return clone();
        }
        finally
        {
            foreach ((int number, Fd saved) in replaced)
            {
                Sys.Dup2(saved, number); // closes our copy of the process's end
                saved.Dispose();
            }
        }
    }

    public override void Dispose()
    {
        EndInput();
        foreach (Outlet outlet in outlets)
            outlet.Dispose();
        outlets.Clear();
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

    public override bool StillHasOutput()
    {
        EndInput();
        bool has = false;
        foreach (Outlet outlet in outlets)
            has |= outlet.HasRest();
        return has;
    }

    private void Replace(int number, List<(int, Fd)> replaced)
    {
        Fd saved = Fd.Own(Sys.Fcntl(Fd.Own(number), F_DUPFD_CLOEXEC, InheritedFds.FirstOwn));
        replaced.Add((number, saved));
        if (number == 2 && isRelayed[1] && IsSame(saved, replaced[^2].Item2))
        {
            Sys.Dup2(Fd.Own(1), 2); // one terminal, one pipe: what is written first is shown first
            return;
        }
        (Fd read, Fd write) = Sys.Pipe();
        using Fd theirs = number == 0 ? read : write;
        Fd ours = number == 0 ? write : read;
        Sys.Fcntl(ours, F_SETFL, O_NONBLOCK);
        if (number == 0)
            input = new Flow(Fd.Own(0), toProcess = ours);
        else
            outlets.Add(new Outlet(ours, Writable(number)));
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
    private sealed class Outlet(Fd pipe, Fd terminal) : IDisposable
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

        /// <summary>Nobody sees it any more: to the process its reader is gone.</summary>
        public void Move()
        {
            if (flow.Move() == Flow.Refused)
                pipe.Dispose();
        }

        /// <summary>What was in the pipe when the process ended, and no more: others may write on.</summary>
        public bool HasRest()
        {
            if (!flow.IsOpen)
                return false;
            if (rest < 0)
                rest = Sys.Readable(pipe);
            if (!flow.HasPending && rest > 0)
                rest -= Math.Max(flow.Move(), 1);
            return flow.HasPending;
        }
    }
}
