using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.Network;

using static SharpRunc.Linux.LibC.Libc;

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

/// <summary>Moves one device from one network namespace to another.</summary>
internal static class DevicePassage
{
    /// <summary>How many index numbers are tried to find a free one.</summary>
    private const int MaxNumbers = 1024;

    // The attributes that are set again on an address. The label contains the device's name and is handled separately.
    private static readonly ushort[] Kept = [IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_CACHEINFO, IFA_FLAGS, IFA_RT_PRIORITY, IFA_PROTO];

    /// <summary>
    /// The kernel moves before it renames, so the device may be in the target even after a failure.
    /// </summary>
    /// <param name="index">In: the preferred interface index there, or else one of the following. Out: the last one tried.</param>
    /// <param name="arrived">null: the device is still where it was.</param>
    public static SysError TryMove(
        Netlink from, Netlink to, NetworkDevice device, Fd target, string name, ref int index, out NetworkDevice? arrived)
    {
        int last = index + MaxNumbers;
        SysError error;
        do
            error = from.TryMove(device, target, name, index);
        while (error.Errno == EBUSY && ++index < last);
        bool hasLeft = !error.Failed || from.Find(device.Index)?.Name != device.Name;
        arrived = hasLeft ? to.Find(index) : null;
        bool isLost = arrived is null && !error.Failed;
        return isLost ? new("rtnetlink RTM_GETLINK", name, ENODEV) : error;
    }

    /// <summary>
    /// The address without what the kernel determines itself; a label (<c>eth0:1</c>) is adapted to the device's new name.
    /// </summary>
    public static NetworkAddress Renamed(NetworkAddress address, string before, string after)
    {
        List<(ushort, byte[])> kept = [];
        foreach ((ushort type, byte[] value) in address.Attributes)
            if (Array.IndexOf(Kept, type) >= 0)
                kept.Add((type, value));
            else if (type == IFA_LABEL && RenamedLabel(value, before, after) is { } label)
                kept.Add((type, label));
        return address with { Attributes = kept };
    }

    private static byte[]? RenamedLabel(byte[] value, string before, string after)
    {
        string label = KernelText.Decode(value).TrimEnd('\0');
        if (!label.StartsWith(before + ":", StringComparison.Ordinal))
            return null;
        byte[] renamed = KernelText.Encode(after + label[before.Length..] + "\0");
        return renamed.Length <= IFNAMSIZ ? renamed : null;
    }
}
