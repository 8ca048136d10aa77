using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Core.Network;

/// <summary>What has gone through a network interface: bytes, packets, and packets that did not.</summary>
/// <param name="RxDropped">With those that the device had no room for, as the kernel sums them.</param>
internal readonly record struct InterfaceCounters(
    string Name, ulong RxBytes, ulong RxPackets, ulong RxErrors, ulong RxDropped, ulong TxBytes, ulong TxPackets, ulong TxErrors, ulong TxDropped)
{
    // proc_pid_net(5), behind the name: bytes packets errs drop fifo frame compressed multicast, and the same of what was sent.
    private const int FirstSent = 8, Columns = 16;

    /// <summary>/proc/PID/net/dev: two lines of heading, then one an interface in the kernel's order. The loopback, which every namespace has, is left out.</summary>
    public static List<InterfaceCounters> Parse(string text)
    {
        List<InterfaceCounters> interfaces = [];
        foreach (string line in text.Split('\n'))
            // No name holds a colon, and a number may follow it at once.
            if (line.IndexOf(':') is > 0 and var colon && line[..colon].Trim() is var name && name != "lo")
            {
                ulong[] counts = Array.ConvertAll(line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries), Number);
                if (counts.Length >= Columns)
                    interfaces.Add(new(name, counts[0], counts[1], counts[2], counts[3],
                        counts[FirstSent], counts[FirstSent + 1], counts[FirstSent + 2], counts[FirstSent + 3]));
            }
        return interfaces;
    }

    private static ulong Number(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;
}
