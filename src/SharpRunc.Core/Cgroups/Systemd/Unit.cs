using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>A container's unit, and the service manager that runs it. The connection is opened when it is first needed.</summary>
/// <param name="name">systemd's name for it: <c>sharprunc-web.scope</c>.</param>
/// <param name="isUser">Whether it belongs to the user's own manager.</param>
internal sealed class Unit(string name, bool isUser) : IDisposable
{
    private SystemdBus? bus;

    private SystemdBus Bus => bus ??= SystemdBus.Open(isUser);

    /// <summary>Closes the connection only: the unit stays. The next request reconnects.</summary>
    public void Dispose()
    {
        bus?.Dispose();
        bus = null;
    }

    /// <summary>Its future cgroup in each hierarchy, below the mount point.</summary>
    public string[] FuturePaths(UnitName where, CgroupLayout layout) => Request("cannot query systemd for its cgroup",
        () => Array.ConvertAll(layout.Hierarchies, hierarchy => hierarchy.BelowMount($"{Bus.ControlGroup}/{where.Path}")));

    /// <summary>Returns once the process is in its cgroup.</summary>
    /// <param name="plan">From <see cref="UnitStart"/>.</param>
    /// <param name="annotations">The source of some of the plan, to name them if systemd refuses.</param>
    public void Start(UnitName where, int pid, List<UnitProperty> plan, KeyValuePair<string, string>[] annotations)
    {
        const string Operation = "cannot start the container's unit";
        try
        {
            Request(Operation, () =>
            {
                // A slice takes no processes.
                List<UnitProperty> all = where.IsSlice ? plan : [.. plan, new("PIDs", DBusValue.Array("u", DBusValue.UInt32((uint)pid)))];
                Bus.Start(where, UnitProperty.ToArray(all, Bus.Version));
                return 0;
            });
        }
        catch (ContainerException e) when (e.InnerException is DBusError { Name: SystemdBus.UnitExists })
        {
            throw new UnitExistsException(e.Message, e) { Pointer = CgroupPath.Pointer, Hint = $"systemctl status {name}" };
        }
        catch (ContainerException e) when (e.InnerException is DBusError)
        {
            List<string> guilty = UnitAnnotations.PointersOf(annotations, e.Message);
            if (guilty.Count == 0)
                throw new ContainerException(ErrorCode.SystemdRefused, e.Message, e) { Pointer = CgroupPath.Pointer };
            List<string> suspects = guilty.ConvertAll(static pointer => pointer[(pointer.LastIndexOf('/') + 1)..]);
            throw new ContainerException(ErrorCode.SystemdRefused, $"{e.Message} ({string.Join(", ", suspects)})", e)
            {
                Pointer = guilty[0],
            };
        }
        if (!where.IsSlice)
            RequirePlaced(where, pid);
    }

    /// <summary>Stops the unit and has systemd forget it; a unit that is gone is left alone.</summary>
    public void Stop() => Request($"cannot stop the unit {name}", () =>
    {
        Bus.Stop(name);
        return 0;
    });

    /// <summary>Sets the limits so that they also survive a reload.</summary>
    public void Set(Resources resources, CgroupLayout layout, Cgroup cgroup)
    {
        List<UnitProperty> properties = UnitLimits.From(resources, layout, V2.BlockIo.HasBfq(cgroup));
        if (properties.Count == 0)
            return;
        Request($"cannot change the unit {name}", () =>
        {
            Bus.Set(name, UnitProperty.ToArray(properties, Bus.Version));
            return 0;
        });
    }

    /// <summary>Moves a process into its cgroup, or one below; for a caller that may not do so itself.</summary>
    /// <param name="below">Without a leading slash; "" for the unit's own cgroup.</param>
    public void Attach(string below, int pid) => Request("cannot join the container's cgroup", () =>
    {
        Bus.Attach(name, "/" + below, pid);
        return 0;
    });

    /// <summary>Checks that the process really is in the cgroup that is about to be limited.</summary>
    private static void RequirePlaced(UnitName where, int pid)
    {
        string there = Sys.ReadText(Fd.Cwd, $"/proc/{pid}/cgroup");
        foreach (string line in there.Split('\n'))
        {
            // systemd places it in its own hierarchy and in the unified one.
            bool isSystemds = line.StartsWith("0::", StringComparison.Ordinal) || line.Contains(":name=systemd:", StringComparison.Ordinal);
            if (isSystemds && line.EndsWith("/" + where.Path, StringComparison.Ordinal))
                return;
        }
        string elsewhere = there.Trim().Replace('\n', ' ');
        throw new ContainerException(
            ErrorCode.SystemdMisplaced, $"systemd has placed the container in another cgroup than {where.Path}: {elsewhere}")
        {
            Pointer = CgroupPath.Pointer,
        };
    }

    private static T Request<T>(string operation, Func<T> question)
    {
        try
        {
            return question();
        }
        catch (DBusError e)
        {
            throw new ContainerException(ErrorCode.SystemdBus, $"{operation}: {e.Message}", e);
        }
        catch (TimeoutException e)
        {
            throw new ContainerException(ErrorCode.SystemdBus, $"{operation}: {e.Message}", e)
            {
                Hint = "systemctl is-system-running; journalctl --identifier systemd",
            };
        }
        catch (FormatException e)
        {
            throw new ContainerException(ErrorCode.SystemdBus, $"{operation}: what answered is not systemd: {e.Message}", e);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.SystemdBus, e, operation);
        }
    }
}

/// <summary>The unit belongs to somebody else and must not be stopped.</summary>
internal sealed class UnitExistsException(string message, Exception inner)
    : ContainerException(ErrorCode.SystemdUnitExists, message, inner);

/// <summary>One property of a unit (org.freedesktop.systemd1(5)).</summary>
/// <param name="Since">The first version of systemd that knows the property; an older one refuses the whole call because of it.</param>
internal readonly record struct UnitProperty(string Name, DBusValue Value, int Since = 0)
{
    /// <summary>systemd's value for "no limit" in an unsigned number.</summary>
    public const ulong Infinity = ulong.MaxValue;

    public UnitProperty(string name, ulong value, int since = 0) : this(name, DBusValue.UInt64(value), since) { }

    public UnitProperty(string name, bool value) : this(name, DBusValue.Boolean(value)) { }

    /// <summary>A limit of config.json: −1 is none.</summary>
    public static UnitProperty Limit(string name, long limit) => new(name, limit < 0 ? Infinity : (ulong)limit);

    /// <summary>The a(sv) of StartTransientUnit and SetUnitProperties, without the properties that this systemd does not know.</summary>
    public static DBusValue ToArray(List<UnitProperty> properties, int version)
    {
        List<DBusValue> known = [];
        foreach (UnitProperty property in properties)
            if (version >= property.Since)
                known.Add(DBusValue.Struct(DBusValue.String(property.Name), DBusValue.Variant(property.Value)));
        return DBusValue.Array("(sv)", [.. known]);
    }
}
