using System.Collections.Generic;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>
/// Device access as systemd keeps it, for cgroup v1 alone: there it writes devices.allow and devices.deny anew at each reload. On v2 its
/// program and ours would both have to allow, and what DeviceAllow cannot say (a minor number of any driver, nodes that are not in
/// /proc/devices) would be lost with the next reload; ours alone, which systemd never touches, says all.
/// </summary>
internal static class UnitDevices
{
    public static List<UnitProperty> From(DeviceSet devices)
    {
        List<UnitProperty> properties = [Allow([])]; // an empty list clears what a property before it said
        if (devices.AllowsByDefault)
        {
            // systemd has no form for "all but these": a reload would open them, until the next update.
            properties.Add(new("DevicePolicy", DBusValue.String("auto")));
            return properties;
        }
        properties.Add(new("DevicePolicy", DBusValue.String("strict")));
        List<DBusValue> rules = [];
        foreach (DeviceException rule in devices.Exceptions)
            if (PathOf(rule) is { } path)
                rules.Add(DBusValue.Struct(DBusValue.String(path), DBusValue.String(rule.AccessText)));
        properties.Add(Allow([.. rules]));
        return properties;
    }

    /// <summary>null: a minor number whatever the driver, which DeviceAllow has no form for.</summary>
    private static string? PathOf(DeviceException rule)
    {
        string group = rule.Type == 'b' ? "block" : "char";
        return rule switch
        {
            { Major: null, Minor: null } => group + "-*",
            { Major: null } => null,
            { Minor: null } => $"{group}-{rule.Major}",
            _ => $"/dev/{group}/{rule.Major}:{rule.Minor}",
        };
    }

    private static UnitProperty Allow(DBusValue[] rules) => new("DeviceAllow", DBusValue.Array("(ss)", rules));
}
