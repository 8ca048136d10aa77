using System;

namespace SharpRunc.Core.Network;

/// <summary>One entry of linux.netDevices: what is moved, and what it is called then.</summary>
internal readonly record struct DeviceMove(string Device, string Name, string Pointer)
{
    private const string Template = "%d";

    /// <summary>"unless the user has provided a template by appending %d to the new name": the kernel finds a free number.</summary>
    public bool IsTemplate => Name.EndsWith(Template, StringComparison.Ordinal);

    /// <summary>In the order of the config.</summary>
    public static DeviceMove[] All(Spec.Linux linux)
        => Array.ConvertAll(linux.NetDevices, static entry => new DeviceMove(entry.Key, entry.Value ?? entry.Key, $"/linux/netDevices/{entry.Key.Replace("~", "~0")}"));
}
