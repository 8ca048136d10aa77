using System;
using System.Collections.Generic;
using SharpRunc.Core.Network;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Lifecycle;

// network_interfaces, in the shape of runc's types.NetworkInterface, whose members have only their Go names.
internal static partial class EventJson
{
    // One row per number.
    private static readonly (string Name, Func<InterfaceCounters, ulong> Number)[] InterfaceMembers =
    [
        ("RxBytes", one => one.RxBytes),
        ("RxPackets", one => one.RxPackets),
        ("RxErrors", one => one.RxErrors),
        ("RxDropped", one => one.RxDropped),
        ("TxBytes", one => one.TxBytes),
        ("TxPackets", one => one.TxPackets),
        ("TxErrors", one => one.TxErrors),
        ("TxDropped", one => one.TxDropped),
    ];

    private static void Interfaces(JsonText json, List<InterfaceCounters>? interfaces)
    {
        if (interfaces is { Count: > 0 })
            List(json, "network_interfaces", interfaces, Interface);
        else
            json.Member("network_interfaces", (string?)null);
    }

    private static void Interface(JsonText json, InterfaceCounters counters)
    {
        json.StartObject();
        json.Member("Name", counters.Name);
        foreach ((string name, Func<InterfaceCounters, ulong> number) in InterfaceMembers)
            json.Member(name, number(counters));
        json.EndObject();
    }
}
