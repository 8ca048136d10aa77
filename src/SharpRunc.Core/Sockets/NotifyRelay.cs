using System;
using System.Text;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Sockets;

/// <summary>
/// Listens on the container's notify socket until the program says that it is ready, and tells the caller's: READY=…, then whom to
/// watch from now on, then a barrier, so that all is read before we may end. Nothing else of what a container says gets there.
/// </summary>
internal sealed class NotifyRelay : IDisposable
{
    /// <summary>sd_notify_barrier(3) is newer than sd_notify: some callers never answer.</summary>
    private const int BarrierMilliseconds = 30_000;

    private readonly RuntimeContext context;
    private readonly Fd container;
    private readonly Fd caller;
    private Fd? barrier;

    private NotifyRelay(RuntimeContext context, Fd container, Fd caller)
    {
        this.context = context;
        this.container = container;
        this.caller = caller;
    }

    /// <summary>What to poll; when it is readable, <see cref="Advance"/>.</summary>
    public Fd Awaited => barrier ?? container;

    public void Dispose()
    {
        container.Dispose();
        caller.Dispose();
        barrier?.Dispose();
    }

    /// <summary>Before the program runs. null when the caller or the container has no notify socket.</summary>
    public static NotifyRelay? Open(RuntimeContext context, ContainerDirectory directory)
    {
        if (NotifySocket.Caller is not { } path)
            return null;
        using Fd? place = directory.OpenNotify();
        if (place is null)
            return null;
        try
        {
            Fd caller = UnixSocket.Connect(path, SOCK_DGRAM);
            Sys.TryUnlinkAt(place, NotifySocket.File); // of a start that failed
            return new(context, UnixSocket.Bind(place, NotifySocket.File, SOCK_DGRAM), caller);
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, "$" + NotifySocket.Variable);
        }
    }

    /// <summary>Until the caller knows that the program is ready, or the program has ended.</summary>
    /// <param name="mainPid">Whom the caller shall watch.</param>
    public void Wait(PidFd init, int mainPid)
    {
        Span<pollfd> wait = [new pollfd { events = POLLIN }, new pollfd { fd = init.Fd.Number, events = POLLIN }];
        while (true)
        {
            wait[0].fd = Awaited.Number;
            // The barrier is worth waiting for even when the program has ended.
            int ready = barrier is null ? Interruption.Poll(wait, -1) : Interruption.Poll(wait[..1], BarrierMilliseconds);
            if (ready == 0)
                context.Warn($"${NotifySocket.Variable}: no answer to BARRIER=1 within {BarrierMilliseconds / 1000} s");
            if (wait[0].revents == 0 || Advance(mainPid))
                return;
        }
    }

    /// <returns>True when there is nothing more to wait for.</returns>
    public bool Advance(int mainPid)
    {
        if (barrier is not null)
            return true;
        Span<byte> message = stackalloc byte[4096];
        // read(2) and not recvmsg(2): descriptors that come along are dropped.
        int length = Sys.TryRead(container, message, NotifySocket.File);
        return length > 0 && Ready(message[..length]) is { IsEmpty: false } line && !Tell(line, mainPid);
    }

    /// <summary>sd_notify(3): lines NAME=value.</summary>
    internal static ReadOnlySpan<byte> Ready(ReadOnlySpan<byte> message)
    {
        foreach (Range line in message.Split((byte)'\n'))
            if (message[line].StartsWith("READY="u8))
                return message[line];
        return default;
    }

    /// <returns>False when the caller does not listen any more.</returns>
    private bool Tell(ReadOnlySpan<byte> ready, int mainPid)
    {
        (Fd read, Fd write) = Sys.Pipe();
        barrier = read;
        using (write)
        {
            int error = Sys.TrySend(caller, [.. ready, (byte)'\n']);
            if (error >= 0)
                error = Sys.TrySend(caller, Encoding.ASCII.GetBytes("MAINPID=" + mainPid.ToString() + "\n"));
            if (error >= 0)
                error = Sys.TrySend(caller, "BARRIER=1"u8, [write.Number]);
            if (error < 0)
                context.Warn($"${NotifySocket.Variable}: {new SysException("sendmsg", null, -error).Message}");
            // Nobody reads what the program says from now on: it is told so, and does not wait for us.
            container.Dispose();
            return error >= 0;
        }
    }
}
