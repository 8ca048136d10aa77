using System;
using SharpRunc.Linux;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>
/// A service manager, the system's or a user's: org.freedesktop.systemd1(5). It is called through its private socket where that is
/// accessible, which needs no message bus, and otherwise through the bus.
/// </summary>
internal sealed class SystemdBus : IDisposable
{
    public const string UnitExists = Peer + ".UnitExists";

    private const string Peer = "org.freedesktop.systemd1", Manager = Peer + ".Manager", Path = "/org/freedesktop/systemd1";
    private const string Properties = "org.freedesktop.DBus.Properties";
    private const string Booted = "/run/systemd/system"; // sd_booted(3)
    private const string SystemSocket = "/run/systemd/private";
    private const int PatienceMilliseconds = 30_000;

    private readonly DBusConnection connection;
    private readonly string? destination;
    private readonly uint versionRequest, groupRequest;
    private int version;
    private string? controlGroup;

    private SystemdBus(DBusConnection connection, bool isBus)
    {
        this.connection = connection;
        destination = isBus ? Peer : null;
        if (isBus)
        {
            // A client that has not subscribed gets no signals, and the bus daemon passes on only those that match.
            connection.Post("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch",
                DBusValue.String($"type='signal',sender='{Peer}',path='{Path}',interface='{Manager}',member='JobRemoved'"));
            connection.Post(destination, Path, Manager, "Subscribe");
        }
        versionRequest = RequestProperty("Version");
        groupRequest = RequestProperty("ControlGroup");
    }

    /// <summary>The version of systemd, such as 252.</summary>
    public int Version => version != 0 ? version : version = ParseVersion(AwaitProperty(versionRequest).AsString());

    /// <summary>The cgroup that contains all units, absolute; "" for the root.</summary>
    public string ControlGroup => controlGroup ??= AwaitProperty(groupRequest).AsString();

    public void Dispose() => connection.Dispose();

    /// <param name="isUser">Whether to use the user's own manager.</param>
    /// <exception cref="ContainerException">This machine does not run systemd, or it cannot be reached.</exception>
    public static SystemdBus Open(bool isUser)
    {
        using (Fd? booted = Sys.TryOpenAt(Fd.Cwd, Booted, O_PATH | O_DIRECTORY, out SysError error))
            if (booted is null)
                throw new ContainerException(
                    ErrorCode.SystemdAbsent, "systemd cgroup flag passed, but systemd support for managing cgroups is not available")
                {
                    Errno = error.Errno,
                    Hint = $"this machine was not booted with systemd ({Booted} is missing): omit --systemd-cgroup",
                };
        SysException? refused = null;
        using TraceStep step = Trace.Step(TraceKind.Systemd, "connect");
        foreach ((string address, bool isBus) in Addresses(isUser))
            try
            {
                return new(DBusConnection.Open(address, isBus, PatienceMilliseconds), isBus);
            }
            catch (SysException e)
            {
                refused ??= e;
            }
        const string Failed = "cannot connect to systemd";
        if (refused is null)
            throw new ContainerException(ErrorCode.SystemdBus, Failed + ": neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set")
            {
                Hint = "XDG_RUNTIME_DIR is /run/user/UID where the user is logged in",
            };
        string? hint = isUser ? "the user's service manager must be running: loginctl enable-linger USER" : null;
        throw ContainerException.From(ErrorCode.SystemdBus, refused, Failed, pointer: null, hint);
    }

    /// <summary>
    /// Whether the system manager belongs to the caller. Root in a user namespace is an ordinary user to the host's manager, unless the
    /// namespace runs its own systemd (a booted container): then it owns the socket.
    /// </summary>
    public static bool IsOwnedByUs()
    {
        using Fd? socket = Sys.TryOpenAt(Fd.Cwd, SystemSocket, O_PATH, out _);
        return socket is not null && Inode.Of(socket, SystemSocket).Uid == Sys.GetEuid();
    }

    /// <summary>Starts the unit and waits until its processes are in its cgroup.</summary>
    public void Start(UnitName unit, DBusValue properties)
    {
        DBusValue name = DBusValue.String(unit.Name), mode = DBusValue.String("replace"), aux = DBusValue.Array("(sa(sv))");
        try
        {
            RunJob("StartTransientUnit", unit.Name, name, mode, properties, aux);
        }
        catch (DBusError e) when (e.Name == UnitExists)
        {
            // A failed unit stays loaded until it is reset.
            ResetFailed(unit.Name);
            RunJob("StartTransientUnit", unit.Name, name, mode, properties, aux);
        }
    }

    /// <summary>Stops the unit if it is there, and resets its failed state.</summary>
    public void Stop(string unit)
    {
        try
        {
            RunJob("StopUnit", unit, DBusValue.String(unit), DBusValue.String("replace"));
        }
        catch (DBusError e) when (e.Name == Peer + ".NoSuchUnit")
        {
            // A scope ends by itself together with its last process.
        }
        ResetFailed(unit);
    }

    /// <summary>
    /// Changes properties until the next boot. systemd writes the cgroup's files only after its reply; the second request is answered once
    /// they are written.
    /// </summary>
    public void Set(string unit, DBusValue properties)
    {
        using TraceStep step = Trace.Step(TraceKind.Systemd, "SetUnitProperties", unit);
        DBusValue runtime = DBusValue.Boolean(true);
        connection.Call(destination, Path, Manager, "SetUnitProperties", DBusValue.String(unit), runtime, properties);
        _ = AwaitProperty(RequestProperty("Version"));
    }

    /// <summary>Has systemd move a process into the unit's cgroup, because an ordinary user may not do so.</summary>
    /// <param name="below">A cgroup below the unit's, with a leading slash.</param>
    public void Attach(string unit, string below, int pid)
    {
        using TraceStep step = Trace.Step(TraceKind.Systemd, "AttachProcessesToUnit", unit);
        DBusValue pids = DBusValue.Array("u", DBusValue.UInt32((uint)pid));
        connection.Call(destination, Path, Manager, "AttachProcessesToUnit", DBusValue.String(unit), DBusValue.String(below), pids);
    }

    private void RunJob(string method, string unit, params DBusValue[] arguments)
    {
        using TraceStep step = Trace.Step(TraceKind.Systemd, method, unit);
        string job = connection.Call(destination, Path, Manager, method, arguments)[0].AsString();
        DBusSignal removed = connection.AwaitSignal(signal => IsRemoval(signal, job), PatienceMilliseconds)
            ?? throw new TimeoutException($"{method} {unit}: systemd did not finish the job within {PatienceMilliseconds / 1000} s");
        string result = removed.Body[3].AsString();
        if (result != "done")
            throw new ContainerException(ErrorCode.SystemdJob, $"{method} {unit}: systemd reports the job as {result}")
            {
                Hint = $"journalctl --unit {unit}",
            };
    }

    /// <summary>JobRemoved(u id, o job, s unit, s result)</summary>
    private static bool IsRemoval(DBusSignal signal, string job)
        => signal.Member == "JobRemoved" && signal.Body.Length == 4 && signal.Body[1].AsString() == job;

    private void ResetFailed(string unit)
    {
        try
        {
            connection.Call(destination, Path, Manager, "ResetFailedUnit", DBusValue.String(unit));
        }
        catch (DBusError)
        {
            // not loaded, so not failed
        }
    }

    private uint RequestProperty(string property)
        => connection.Send(destination, Path, Properties, "Get", DBusValue.String(Manager), DBusValue.String(property));

    private DBusValue AwaitProperty(uint asked)
    {
        using TraceStep step = Trace.Step(TraceKind.Systemd, "Get");
        return connection.Await(asked)[0].Items[0];
    }

    /// <summary>Where the manager may be listening, in the order in which they are tried.</summary>
    private static (string Address, bool IsBus)[] Addresses(bool isUser)
    {
        if (!isUser)
        {
            string bus = ProcessStrings.Variable("DBUS_SYSTEM_BUS_ADDRESS") ?? "unix:path=/run/dbus/system_bus_socket";
            return [("unix:path=" + SystemSocket, false), (bus, true)];
        }
        string? session = ProcessStrings.Variable("DBUS_SESSION_BUS_ADDRESS");
        if (!string.IsNullOrEmpty(session))
            return [(session, true)];
        string? directory = ProcessStrings.Variable("XDG_RUNTIME_DIR");
        if (string.IsNullOrEmpty(directory))
            return [];
        string below = $"unix:path={DBusAddress.Escape(directory)}";
        return [(below + "/systemd/private", false), (below + "/bus", true)];
    }

    /// <summary>The first number in 252.39-1~deb12u1, v255.4, systemd 244; 0 where there is none.</summary>
    public static int ParseVersion(string text)
    {
        int number = 0;
        foreach (char c in text)
            if (char.IsAsciiDigit(c))
                number = number * 10 + (c - '0');
            else if (number > 0)
                break;
        return number;
    }
}
