using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// netlink(7): requests to the kernel about its network.
internal static unsafe partial class Sys
{
    /// <summary>Bound to the current network namespace of this thread, even if the thread moves later.</summary>
    public static Fd NetlinkSocket() => Fd.Own(Call("socket", "NETLINK_ROUTE", SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));

    /// <summary>
    /// One datagram from the kernel. Messages from other processes are ignored, because in a joined namespace they may be hostile.
    /// </summary>
    public static int ReceiveFromKernel(Fd netlink, Span<byte> buffer)
    {
        fixed (byte* data = buffer)
            while (true)
            {
                sockaddr_nl sender = default;
                iovec vector = new() { iov_base = data, iov_len = (nuint)buffer.Length };
                msghdr message = new() { msg_name = &sender, msg_namelen = (uint)sizeof(sockaddr_nl), msg_iov = &vector, msg_iovlen = 1 };
                int length = (int)Call("recvmsg", "NETLINK_ROUTE", SYS_recvmsg, netlink.Number, (nint)(&message), MSG_TRUNC);
                if (sender.nl_pid != 0)
                    continue;
                return length <= buffer.Length ? length : throw new SysException("recvmsg", "NETLINK_ROUTE", EMSGSIZE);
            }
    }
}
