using System.Collections.Generic;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Core.Cgroups.Systemd;

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
