using System;
using System.Collections.Generic;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A network device, as seen in one network namespace.</summary>
/// <param name="Flags">IFF_….</param>
internal sealed record NetworkDevice(int Index, string Name, uint Flags)
{
    public bool IsUp => (Flags & IFF_UP) != 0;
}

/// <summary>An address of a device, as reported by the kernel, to be set again elsewhere.</summary>
/// <param name="Attributes">IFA_… and their values.</param>
internal sealed record NetworkAddress(byte Family, byte PrefixLength, byte Scope, IReadOnlyList<(ushort Type, byte[] Value)> Attributes)
{
    /// <summary>Whether it is not leased, by DHCP or a router.</summary>
    public bool IsPermanent => Value(IFA_FLAGS) is { Length: sizeof(uint) } flags && (BitConverter.ToUInt32(flags) & IFA_F_PERMANENT) != 0;

    /// <summary>The usual notation: <c>10.0.0.1/24</c>, <c>fd00:0:0:0:0:0:0:1/64</c>.</summary>
    public override string ToString()
    {
        byte[] bytes = Value(IFA_LOCAL) ?? Value(IFA_ADDRESS) ?? [];
        string[] parts = new string[bytes.Length == 16 ? 8 : bytes.Length];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = bytes.Length == 16 ? (bytes[2 * i] << 8 | bytes[2 * i + 1]).ToString("x") : bytes[i].ToString();
        return $"{string.Join(bytes.Length == 16 ? ':' : '.', parts)}/{PrefixLength}";
    }

    private byte[]? Value(ushort type)
    {
        foreach ((ushort each, byte[] value) in Attributes)
            if (each == type)
                return value;
        return null;
    }
}

/// <summary>rtnetlink(7) in one network namespace: its devices and their addresses.</summary>
internal sealed class Netlink : IDisposable
{
    /// <summary>Buffer size for requests; the longest is an address with all its attributes.</summary>
    private const int RequestSize = 512;

    /// <summary>The buffer size that iproute2 uses for answers of any length.</summary>
    private const int AnswerSize = 32768;

    /// <summary>How often a dump that the kernel reports as inconsistent is restarted.</summary>
    private const int MaxDumps = 16;

    private const string NewLink = "rtnetlink RTM_NEWLINK", GetAddress = "rtnetlink RTM_GETADDR";

    private readonly Fd socket = Sys.NetlinkSocket();
    private readonly byte[] request = new byte[RequestSize];
    private readonly byte[] answer = new byte[AnswerSize];
    private uint sequence;

    public void Dispose() => socket.Dispose();

    /// <summary>null if there is no device of that name.</summary>
    public NetworkDevice? Find(string name)
    {
        NetlinkRequest asked = NewRequest(RTM_GETLINK, 0, new ifinfomsg());
        asked.Add(IFLA_IFNAME, name);
        return Find(asked, name);
    }

    /// <summary>null if there is no device with that index.</summary>
    public NetworkDevice? Find(int index) => Find(NewRequest(RTM_GETLINK, 0, new ifinfomsg { ifi_index = index }), "device");

    /// <summary>All addresses of a device.</summary>
    public List<NetworkAddress> Addresses(NetworkDevice device)
    {
        List<NetworkAddress> found = [];
        for (int dump = 0; dump < MaxDumps; dump++)
        {
            found.Clear();
            sequence++;
            ReadOnlySpan<byte> asked = NewRequest(RTM_GETADDR, NLM_F_DUMP, new ifaddrmsg()).Finish(sequence);
            SysError error = Exchange<ifaddrmsg>(GetAddress, asked, RTM_NEWADDR, device.Name, Collect);
            if (!error.Failed)
                return found;
            if (error.Errno != EINTR)
                throw error.ToException();
        }
        throw new SysException(GetAddress, device.Name, EAGAIN);

        void Collect(in ifaddrmsg body, NetlinkAttributes attributes)
        {
            if (body.ifa_index != (uint)device.Index)
                return;
            List<(ushort, byte[])> all = [];
            while (attributes.Next())
                all.Add((attributes.Type, attributes.Value.ToArray()));
            found.Add(new(body.ifa_family, body.ifa_prefixlen, body.ifa_scope, all));
        }
    }

    /// <summary>
    /// Moves and renames a device into another network namespace in one request. The kernel takes the device down in the process.
    /// </summary>
    /// <param name="name">A name that ends in %d is a template, for which the kernel finds a number.</param>
    /// <param name="index">Its interface index there.</param>
    public SysError TryMove(NetworkDevice device, Fd target, string name, int index)
    {
        NetlinkRequest asked = NewRequest(RTM_NEWLINK, NLM_F_ACK, new ifinfomsg { ifi_index = device.Index });
        asked.Add(IFLA_NET_NS_FD, target.Number);
        asked.Add(IFLA_IFNAME, name);
        asked.Add(IFLA_NEW_IFINDEX, index);
        return Do(NewLink, asked, device.Name);
    }

    public SysError TryAdd(NetworkAddress address, NetworkDevice device)
    {
        ifaddrmsg wanted = new()
        {
            ifa_family = address.Family,
            ifa_prefixlen = address.PrefixLength,
            ifa_scope = address.Scope,
            ifa_index = (uint)device.Index,
        };
        NetlinkRequest asked = NewRequest(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, wanted);
        foreach ((ushort type, byte[] value) in address.Attributes)
            asked.Add(type, value);
        return Do("rtnetlink RTM_NEWADDR", asked, device.Name);
    }

    public SysError TrySetUp(NetworkDevice device)
    {
        ifinfomsg wanted = new() { ifi_index = device.Index, ifi_flags = (uint)IFF_UP, ifi_change = (uint)IFF_UP };
        return Do(NewLink, NewRequest(RTM_NEWLINK, NLM_F_ACK, wanted), device.Name);
    }

    private NetlinkRequest NewRequest<T>(ushort type, int flags, in T body) where T : unmanaged
    {
        request.AsSpan().Clear();
        return NetlinkRequest.Of(request, type, flags, body);
    }

    private NetworkDevice? Find(NetlinkRequest asked, string subject)
    {
        asked.Add(IFLA_EXT_MASK, (int)RTEXT_FILTER_SKIP_STATS);
        NetworkDevice? found = null;
        sequence++;
        SysError error = Exchange<ifinfomsg>("rtnetlink RTM_GETLINK", asked.Finish(sequence), RTM_NEWLINK, subject, Collect, isOne: true);
        if (error.Errno == ENODEV)
            return null;
        error.ThrowIfFailed();
        return found;

        void Collect(in ifinfomsg body, NetlinkAttributes attributes)
        {
            while (attributes.Next())
                if (attributes.Type == IFLA_IFNAME)
                    found = new(body.ifi_index, attributes.Text, body.ifi_flags);
        }
    }

    private SysError Do(string call, NetlinkRequest asked, string subject)
    {
        sequence++;
        return Exchange<ifinfomsg>(call, asked.Finish(sequence), NLMSG_DONE, subject, null);
    }

    /// <summary>Sends a request and reads all answers to it. EINTR: an inconsistent dump.</summary>
    /// <param name="call">The request, for messages.</param>
    /// <param name="wanted">The type of the answers to read.</param>
    /// <param name="isOne">Whether the first answer is the last.</param>
    private SysError Exchange<TBody>(
        string call, ReadOnlySpan<byte> message, ushort wanted, string subject, NetlinkAnswer.Reader<TBody>? read, bool isOne = false)
        where TBody : unmanaged
    {
        SysError error = Sys.TrySend(socket, message);
        if (error.Failed)
            throw error.On("NETLINK_ROUTE").ToException();
        bool disturbed = false;
        while (true)
        {
            Span<byte> datagram = answer.AsSpan(0, Sys.ReceiveFromKernel(socket, answer));
            if (NetlinkAnswer.Read(datagram, sequence, wanted, subject, read, isOne, ref disturbed) is { } errno)
                return new(call, subject, errno);
        }
    }
}

/// <summary>
/// Counts the devices that leave a network namespace, by deletion or into another one, from when it is made. What else has a device's
/// number or name there may be somebody's invention; this is the kernel's word.
/// </summary>
internal sealed class LinkWatch : IDisposable
{
    private readonly Fd socket = Sys.NetlinkSocket(RTMGRP_LINK);
    private readonly List<int> left = [];
    private bool isComplete = true;

    public void Dispose() => socket.Dispose();

    /// <summary>How often a device with that index has left; −1 if messages were lost because there were too many.</summary>
    public int Count(int index)
    {
        byte[] buffer = new byte[32768];
        while (isComplete && Sys.Poll([new pollfd { fd = socket.Number, events = POLLIN }], 0) > 0)
            try
            {
                NetlinkAnswer.ForEach<ifinfomsg>(
                    buffer.AsSpan(0, Sys.ReceiveFromKernel(socket, buffer)), RTM_DELLINK, "devices",
                    body =>
                    {
                        if (body.ifi_family == AF_UNSPEC) // of another family: a port leaves a bridge, and not the namespace
                            left.Add(body.ifi_index);
                    });
            }
            catch (SysException)
            {
                isComplete = false; // ENOBUFS
            }
        return isComplete ? left.FindAll(each => each == index).Count : -1;
    }
}
