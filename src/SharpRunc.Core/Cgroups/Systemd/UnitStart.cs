using System.Collections.Generic;
using SharpRunc.Core.Spec;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>All that a container's unit is started with, decided: one StartTransientUnit says it, with the process that there is by then.</summary>
internal static class UnitStart
{
    /// <param name="devices">null where a program of ours holds the rules.</param>
    /// <param name="annotations">They come last: what they say wins.</param>
    public static List<UnitProperty> Plan(UnitName unit, string id, Resources resources, CgroupLayout layout, DeviceSet? devices, KeyValuePair<string, string>[] annotations)
    {
        bool isV2 = layout.Kind == CgroupKind.V2;
        List<UnitProperty> properties =
        [
            new("Description", DBusValue.String($"{UnitName.DefaultPrefix} container {id}")),
            // Else it would conflict with shutdown.target, and wait for basic.target: a container may be part of that.
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
                new("Delegate", true), // cgroups below it are the container's: systemd keeps away from them
            ];
}
