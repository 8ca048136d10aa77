using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Network;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Traffic of a network interface: bytes, packets, and packets that were not delivered.</summary>
/// <param name="RxDropped">Includes packets for which the device had no room, as in the kernel's sum.</param>
internal readonly record struct InterfaceCounters(
    string Name,
    ulong RxBytes, ulong RxPackets, ulong RxErrors, ulong RxDropped,
    ulong TxBytes, ulong TxPackets, ulong TxErrors, ulong TxDropped)
{
    // proc_pid_net(5), after the name: bytes packets errs drop fifo frame compressed multicast, then the same for transmission.
    private const int FirstSent = 8, Columns = 16;

    /// <summary>
    /// /proc/PID/net/dev: two header lines, then one line per interface in the kernel's order. The loopback, which every namespace has, is
    /// omitted.
    /// </summary>
    public static List<InterfaceCounters> Parse(string text)
    {
        List<InterfaceCounters> interfaces = [];
        foreach (string line in text.Split('\n'))
        {
            // A name contains no colon, but a number may follow the colon directly.
            int colon = line.IndexOf(':');
            if (colon <= 0)
                continue;
            string name = line[..colon].Trim();
            if (name == "lo")
                continue;
            ulong[] counts = Array.ConvertAll(line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries), Number);
            if (counts.Length >= Columns)
                interfaces.Add(new(name, counts[0], counts[1], counts[2], counts[3],
                    counts[FirstSent], counts[FirstSent + 1], counts[FirstSent + 2], counts[FirstSent + 3]));
        }
        return interfaces;
    }

    /// <summary>0 if it is not a number.</summary>
    private static ulong Number(string text)
    {
        _ = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        return number;
    }
}

/// <summary>The interfaces in a process's network namespace, read from outside.</summary>
internal static class NetworkNamespace
{
    /// <summary>Of some 8,000 interfaces, which whoever is root in a network namespace can make there.</summary>
    private const int MostBytes = 1 << 20;

    /// <summary>
    /// Returns null if the process is gone, if access is denied, if there are too many, or if its network is the runtime's, because that
    /// would be the machine's traffic.
    /// </summary>
    public static List<InterfaceCounters>? TryRead(ProcFs proc, int pid)
    {
        try
        {
            return IdOf(proc, $"{pid}") == IdOf(proc, "self") ? null : InterfaceCounters.Parse(proc.Read($"{pid}/net/dev", MostBytes));
        }
        catch (SysException e) when (e.Errno is ENOENT or ESRCH or EINVAL or EACCES or EPERM or EFBIG)
        {
            return null;
        }
    }

    private static ulong IdOf(ProcFs proc, string pid)
    {
        using Fd opened = proc.OpenMagic($"{pid}/ns/net", O_PATH);
        return Inode.Of(opened, "network namespace").Number;
    }
}
