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
