using System.Collections.Generic;
using SharpRunc.Core.Spec;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>
/// Everything that a container's unit is started with. A single StartTransientUnit call sends it, together with the process, which exists
/// by then.
/// </summary>
internal static class UnitStart
{
    /// <param name="devices">null where the runtime's own program holds the rules.</param>
    /// <param name="annotations">Placed last, so that they override.</param>
    public static List<UnitProperty> Plan(
        UnitName unit, string id, Resources resources, CgroupLayout layout, DeviceSet? devices, KeyValuePair<string, string>[] annotations)
    {
        bool isV2 = layout.Kind == CgroupKind.V2;
        List<UnitProperty> properties =
        [
            new("Description", DBusValue.String($"{UnitName.DefaultPrefix} container {id}")),
            // Otherwise the unit would conflict with shutdown.target and wait for basic.target, which the container may be part of.
            new("DefaultDependencies", false),
            .. Place(unit),
            new("MemoryAccounting", true),
            new("CPUAccounting", true),
            new(isV2 ? "IOAccounting" : "BlockIOAccounting", true),
            new("TasksAccounting", true),
            .. UnitLimits.From(resources, layout, hasBfq: false),
        ];
        if (devices is not null)
            properties.AddRange(UnitDevices.From(devices));
        properties.AddRange(UnitAnnotations.From(annotations));
        return properties;
    }

    private static UnitProperty[] Place(UnitName unit)
        => unit.IsSlice ? [new("Wants", DBusValue.Array("s", DBusValue.String(unit.Slice)))]
            :
            [
                new("Slice", DBusValue.String(unit.Slice)),
                new("Delegate", true), // cgroups below it belong to the container: systemd does not touch them
            ];
}

/// <summary>
/// Device access as systemd stores it, for cgroup v1 only: there systemd rewrites devices.allow and devices.deny at each reload. On v2 both
/// its program and the runtime's would have to allow an access, and what DeviceAllow cannot express (a minor number of any driver, nodes
/// that are not in /proc/devices) would be lost at the next reload. The runtime's own program expresses everything, and systemd never
/// touches it.
/// </summary>
internal static class UnitDevices
{
    public static List<UnitProperty> From(DeviceSet devices)
    {
        List<UnitProperty> properties = [Allow([])]; // an empty list clears earlier settings of the property
        if (devices.AllowsByDefault)
        {
            // systemd cannot express "all but these": after a reload they are accessible until the next update.
            properties.Add(new("DevicePolicy", DBusValue.String("auto")));
            return properties;
        }
        properties.Add(new("DevicePolicy", DBusValue.String("strict")));
        List<DBusValue> rules = [];
        foreach (DeviceExemption rule in devices.Exemptions)
            if (PathOf(rule) is { } path)
                rules.Add(DBusValue.Struct(DBusValue.String(path), DBusValue.String(rule.AccessText)));
        properties.Add(Allow([.. rules]));
        return properties;
    }

    /// <summary>null: a minor number of any driver, which DeviceAllow cannot express.</summary>
    private static string? PathOf(DeviceExemption rule)
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
