using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Network;

/// <summary>One device on its way from one network namespace to another.</summary>
internal static class DevicePassage
{
    /// <summary>Numbers that are tried until a free one is found.</summary>
    private const int MaxNumbers = 1024;

    // What is told again of an address. The label is the device's name, and goes on.
    private static readonly ushort[] Kept = [IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_CACHEINFO, IFA_FLAGS, IFA_RT_PRIORITY, IFA_PROTO];

    /// <summary>0, or a negative errno. The kernel moves first and renames then, so that after a failure too it may be there.</summary>
    /// <param name="index">The number it should have there, or else one of the next: the last that was tried.</param>
    /// <param name="arrived">null: it is where it was.</param>
    public static int TryMove(Netlink from, Netlink to, NetworkDevice device, Fd target, string name, ref int index, out NetworkDevice? arrived)
    {
        int error, last = index + MaxNumbers;
        do
            error = from.TryMove(device, target, name, index);
        while (error == -EBUSY && ++index < last);
        bool hasLeft = error == 0 || from.Find(device.Index)?.Name != device.Name;
        arrived = hasLeft ? to.Find(index) : null;
        return error;
    }

    /// <summary>Without what the kernel finds out by itself; a label (<c>eth0:1</c>) follows the device's name.</summary>
    public static NetworkAddress Renamed(NetworkAddress address, string before, string after)
    {
        List<(ushort, byte[])> kept = [];
        foreach ((ushort type, byte[] value) in address.Attributes)
            if (Array.IndexOf(Kept, type) >= 0)
                kept.Add((type, value));
            else if (type == IFA_LABEL && Label(value, before, after) is { } label)
                kept.Add((type, label));
        return address with { Attributes = kept };
    }

    private static byte[]? Label(byte[] value, string before, string after)
    {
        string label = KernelText.Decode(value).TrimEnd('\0');
        if (!label.StartsWith(before + ":", StringComparison.Ordinal))
            return null;
        byte[] renamed = KernelText.Encode(after + label[before.Length..] + "\0");
        return renamed.Length <= IFNAMSIZ ? renamed : null;
    }
}
