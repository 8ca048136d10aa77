using System;
using System.Runtime.InteropServices;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The loopback interface, which is down in a new network namespace.</summary>
internal static unsafe class Loopback
{
    /// <summary>Brings it up in the network namespace of another process. Ours is always entered again.</summary>
    public static void UpIn(int pid)
    {
        using Fd own = Sys.OpenAt(Fd.Cwd, "/proc/self/ns/net", O_RDONLY), theirs = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/ns/net", O_RDONLY);
        Sys.Setns(theirs, CLONE_NEWNET, "the container's network namespace");
        try
        {
            Up();
        }
        finally
        {
            Sys.Setns(own, CLONE_NEWNET, "own network namespace");
        }
    }

    /// <summary>
    /// Brings it up by netlink only: a caller may have no AF_INET (systemd's RestrictAddressFamilies=). In a new namespace it is always the
    /// first device.
    /// </summary>
    public static void Up()
    {
        try
        {
            Span<byte> buffer = stackalloc byte[1024];
            buffer.Clear();
            ifinfomsg body = new() { ifi_index = LOOPBACK_IFINDEX, ifi_flags = (uint)IFF_UP, ifi_change = (uint)IFF_UP };
            using Fd socket = Sys.NetlinkSocket();
            SysError error = Sys.TrySend(socket, NetlinkRequest.Of(buffer, RTM_NEWLINK, NLM_F_ACK, body).Finish(1));
            if (error.Failed)
                throw error.On("NETLINK_ROUTE").ToException();
            int length = Sys.ReceiveFromKernel(socket, buffer);
            // struct nlmsgerr: 0, or a negative errno.
            if (length < sizeof(nlmsghdr) + sizeof(int) || MemoryMarshal.Read<nlmsghdr>(buffer).nlmsg_type != NLMSG_ERROR)
                throw new SysException("rtnetlink RTM_NEWLINK", "lo", EBADMSG);
            int answer = MemoryMarshal.Read<int>(buffer[sizeof(nlmsghdr)..]);
            if (answer < 0)
                throw new SysException("rtnetlink RTM_NEWLINK", "lo", -answer);
        }
        catch (SysException e)
        {
            string? hint = e.Errno == EAFNOSUPPORT ? "RestrictAddressFamilies= of the caller's unit must allow AF_NETLINK" : null;
            throw ContainerException.From(ErrorCode.NetworkLoopback, e, "cannot bring the loopback interface up", hint: hint);
        }
    }
}
