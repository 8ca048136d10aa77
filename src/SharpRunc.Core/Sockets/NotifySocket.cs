using System;
using System.Text;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Sockets;

/// <summary>
/// sd_notify(3) from inside a container: if the caller has a $NOTIFY_SOCKET, the program gets one too, which is the container's own. Create
/// mounts its directory into the container; the socket is in it while start or run listens (<see cref="NotifyRelay"/>).
/// </summary>
internal static class NotifySocket
{
    public const string Variable = "NOTIFY_SOCKET";
    public const string File = "notify.sock";

    /// <summary>Path in the container.</summary>
    public const string Place = "/run/notify";
    public const uint DirectoryMode = Modes.O755; // the program's user must be able to enter it

    /// <summary>The caller's notify socket; null: none.</summary>
    public static string? Caller => ProcessStrings.Variable(Variable) is { Length: > 0 } path ? path : null;

    /// <summary>Not for a container without a process, which would never report, nor for one that may not mount.</summary>
    public static bool IsWanted(Config config, NamespacePlan namespaces)
        => Caller is not null && config.Process is not null && namespaces.MayMount;

    /// <summary>Returns the mount of its directory, to be made last, over whatever is there.</summary>
    public static Mount MountOf(ContainerDirectory directory) => new()
    {
        Destination = Place,
        Source = directory.Path + "/" + ContainerDirectory.Notify,
        Options = ["bind", "nosuid", "noexec", "nodev", "ro"],
    };

    public static Process WithVariable(Process process) => process with { Env = [.. process.Env, Variable + "=" + Place + "/" + File] };
}

/// <summary>
/// Listens on the container's notify socket until the program reports that it is ready, and notifies the caller's socket: READY=…, then
/// the process to watch, then a barrier, so that all is read before we may exit. Nothing else that the container sends is forwarded.
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

    /// <summary>The descriptor to poll; call <see cref="Advance"/> when it is readable.</summary>
    public Fd Awaited => barrier ?? container;

    public void Dispose()
    {
        container.Dispose();
        caller.Dispose();
        barrier?.Dispose();
    }

    /// <summary>Called before the program runs. Returns null if the caller or the container has no notify socket.</summary>
    /// <param name="required">false: nobody listening is a warning, and the program runs without, as with runc's `run`.</param>
    public static NotifyRelay? Open(RuntimeContext context, ContainerDirectory directory, bool required = true)
    {
        if (NotifySocket.Caller is not { } path)
            return null;
        using Fd? place = directory.OpenNotify();
        if (place is null)
            return null;
        try
        {
            Fd caller = UnixSocket.Connect(path, SOCK_DGRAM);
            Sys.TryUnlinkAt(place, NotifySocket.File); // left by a start that failed
            return new(context, UnixSocket.Bind(place, NotifySocket.File, SOCK_DGRAM), caller);
        }
        catch (SysException e) when (!required)
        {
            context.Warn($"${NotifySocket.Variable}: {e.Message}");
            return null;
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.SocketNotify, e, "$" + NotifySocket.Variable);
        }
    }

    /// <summary>Waits until the caller knows that the program is ready, or the program has ended.</summary>
    /// <param name="mainPid">The process that the caller is to watch.</param>
    public void Wait(PidFd init, int mainPid)
    {
        using TraceStep step = Trace.Step(TraceKind.OtherSide, "the program", "to be ready, and the caller to know that");
        Span<pollfd> wait = [new pollfd { events = POLLIN }, new pollfd { fd = init.Fd.Number, events = POLLIN }];
        while (true)
        {
            wait[0].fd = Awaited.Number;
            // Waits for the barrier even if the program has ended.
            int ready = barrier is null ? Interruption.Poll(wait, -1) : Interruption.Poll(wait[..1], BarrierMilliseconds);
            if (ready == 0)
                context.Warn($"${NotifySocket.Variable}: no answer to BARRIER=1 within {BarrierMilliseconds / 1000} s");
            if (wait[0].revents == 0 || Advance(mainPid))
                return;
        }
    }

    /// <returns>Whether there is nothing more to wait for.</returns>
    public bool Advance(int mainPid)
    {
        if (barrier is not null)
            return true;
        Span<byte> message = stackalloc byte[4096];
        // read(2), not recvmsg(2): descriptors sent along are dropped.
        int length = Sys.TryRead(container, message, NotifySocket.File);
        return length > 0 && Ready(message[..length]) is { IsEmpty: false } line && !NotifyCaller(line, mainPid);
    }

    /// <summary>sd_notify(3): returns the READY line of the lines NAME=value.</summary>
    public static ReadOnlySpan<byte> Ready(ReadOnlySpan<byte> message)
    {
        foreach (Range line in message.Split((byte)'\n'))
            if (message[line].StartsWith("READY="u8))
                return message[line];
        return default;
    }

    /// <returns>Whether the caller still listens.</returns>
    private bool NotifyCaller(ReadOnlySpan<byte> ready, int mainPid)
    {
        (Fd read, Fd write) = Sys.Pipe();
        barrier = read;
        using (write)
        {
            SysError error = Sys.TrySend(caller, [.. ready, (byte)'\n']);
            if (!error.Failed)
                error = Sys.TrySend(caller, Encoding.ASCII.GetBytes("MAINPID=" + mainPid.ToString() + "\n"));
            if (!error.Failed)
                error = Sys.TrySend(caller, "BARRIER=1"u8, [write.Number]);
            if (error.Failed)
                context.Warn($"${NotifySocket.Variable}: {error.ToException().Message}");
            // Nothing reads the program's messages from here on: its sends fail and do not wait for us.
            container.Dispose();
            return !error.Failed;
        }
    }
}
