using System;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Network;

/// <summary>One entry of linux.netDevices: the device to move, and its name in the container.</summary>
internal readonly record struct DeviceMove(string Device, string Name, string Pointer)
{
    private const string Template = "%d";

    /// <summary>"unless the user has provided a template by appending %d to the new name": the kernel finds a free number.</summary>
    public bool IsTemplate => Name.EndsWith(Template, StringComparison.Ordinal);

    /// <summary>In config order.</summary>
    public static DeviceMove[] All(Spec.Linux linux)
        => Array.ConvertAll(linux.NetDevices, static entry => From(entry.Key, entry.Value));

    /// <param name="name">null: it keeps its name.</param>
    private static DeviceMove From(string device, string? name)
        => new(device, name ?? device, $"/linux/netDevices/{JsonPointer.Escape(device)}");
}
