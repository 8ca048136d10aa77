using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Sockets: between processes on one machine, with descriptors and credentials, and to the kernel (netlink(7)).
internal static unsafe partial class Sys
{
    public static Fd Socket(int domain, int type) => Fd.Own(Call("socket", null, SYS_socket, domain, type | SOCK_CLOEXEC, 0));

    /// <summary>A connected pair; each message arrives as a whole, and when one side is closed the other reads an empty message.</summary>
    public static (Fd, Fd) SocketPair()
    {
        int* pair = stackalloc int[2];
        Call("socketpair", null, SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (nint)pair);
        return (Fd.Own(pair[0]), Fd.Own(pair[1]));
    }

    /// <param name="size">The number of bytes of the address that count.</param>
    public static SysError TryConnect(Fd socket, sockaddr_un address, int size, string subject)
        => Attempt("connect", subject, SYS_connect, socket.Number, (nint)(&address), size);

    /// <param name="size">The number of bytes of the address that count.</param>
    public static SysError TryBind(Fd socket, sockaddr_un address, int size, string subject)
        => Attempt("bind", subject, SYS_bind, socket.Number, (nint)(&address), size);

    /// <summary>Sends one message, with descriptors if there are any (SCM_RIGHTS).</summary>
    public static SysError TrySend(Fd socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors = default)
    {
        TrySend(socket, bytes, out SysError error, descriptors);
        return error;
    }

    /// <summary>The same for a stream, which may take a part: returns the bytes sent; −1 and the error on failure.</summary>
    public static int TrySend(Fd socket, ReadOnlySpan<byte> bytes, out SysError error, ReadOnlySpan<int> descriptors = default)
    {
        int size = descriptors.Length * sizeof(int), controlLength = ControlLength(size);
        byte* control = stackalloc byte[controlLength];
        fixed (byte* data = bytes)
        {
            iovec vector = new() { iov_base = data, iov_len = (nuint)bytes.Length };
            msghdr message = new() { msg_iov = &vector, msg_iovlen = 1 };
            if (descriptors.Length > 0)
            {
                cmsghdr* header = (cmsghdr*)control;
                *header = new() { cmsg_len = (nuint)(sizeof(cmsghdr) + size), cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS };
                descriptors.CopyTo(new Span<int>(header + 1, descriptors.Length));
                message.msg_control = control;
                message.msg_controllen = (nuint)controlLength;
            }
            return (int)Attempt("sendmsg", null, out error, SYS_sendmsg, socket.Number, (nint)(&message), MSG_NOSIGNAL);
        }
    }

    /// <summary>Receives one message; 0 if the other side is gone.</summary>
    /// <param name="descriptors">Filled with the descriptors of the message (SCM_RIGHTS), close-on-exec; the rest is −1.</param>
    /// <param name="sender">
    /// The sender's pid, as seen in this process' PID namespace (SCM_CREDENTIALS): 0 unless <see cref="PassCredentials"/> was called.
    /// Only a process that is privileged over a PID namespace shared by both can claim another's pid.
    /// </param>
    public static int Receive(Fd socket, Span<byte> buffer, Span<int> descriptors, out int sender)
    {
        descriptors.Fill(-1);
        sender = 0;
        int controlLength = ControlLength(descriptors.Length * sizeof(int)) + ControlLength(sizeof(ucred));
        byte* control = stackalloc byte[controlLength];
        fixed (byte* data = buffer)
        {
            iovec vector = new() { iov_base = data, iov_len = (nuint)buffer.Length };
            msghdr message = new() { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = (nuint)controlLength };
            int length = ReceiveMessage(socket, &message);
            for (int at = 0; at + sizeof(cmsghdr) <= (int)message.msg_controllen;)
            {
                cmsghdr* header = (cmsghdr*)(control + at);
                int size = (int)header->cmsg_len - sizeof(cmsghdr);
                if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
                    KeepDescriptors(new(header + 1, size / sizeof(int)), descriptors);
                else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS)
                    sender = ((ucred*)(header + 1))->pid;
                at += ControlLength(size);
            }
            return length;
        }
    }

    public static int Receive(Fd socket, Span<byte> buffer, Span<int> descriptors) => Receive(socket, buffer, descriptors, out _);

    /// <summary>Descriptors beyond the available room are closed.</summary>
    private static void KeepDescriptors(ReadOnlySpan<int> received, Span<int> descriptors)
    {
        for (int i = 0; i < received.Length; i++)
            if (i < descriptors.Length)
                descriptors[i] = received[i];
            else
                Fd.Own(received[i]).Dispose();
    }

    /// <summary>
    /// If the peer closed with an unread message of ours, that is reported first, and only once; what it had sent follows.
    /// </summary>
    private static int ReceiveMessage(Fd socket, msghdr* message)
    {
        nint length = Attempt("recvmsg", null, out SysError error, SYS_recvmsg, socket.Number, (nint)message, MSG_CMSG_CLOEXEC);
        if (error.Errno == ECONNRESET)
            return (int)Call("recvmsg", null, SYS_recvmsg, socket.Number, (nint)message, MSG_CMSG_CLOEXEC);
        error.ThrowIfFailed();
        return (int)length;
    }

    /// <summary>Limits how long a send waits, and connect(2) too.</summary>
    public static void SetSendTimeout(Fd socket, int seconds)
    {
        timeval time = new() { tv_sec = seconds };
        Call("setsockopt", null, SYS_setsockopt, socket.Number, SOL_SOCKET, SO_SNDTIMEO, (nint)(&time), sizeof(timeval));
    }

    /// <summary>Has the kernel report the sender of each message (SO_PASSCRED).</summary>
    public static void PassCredentials(Fd socket, bool on)
    {
        int value = on ? 1 : 0;
        Call("setsockopt", null, SYS_setsockopt, socket.Number, SOL_SOCKET, SO_PASSCRED, (nint)(&value), sizeof(int));
    }

    /// <param name="size">Bytes after the header.</param>
    private static int ControlLength(int size) => sizeof(cmsghdr) + (size + 7) / 8 * 8;

    /// <summary>Bound to the current network namespace of this thread, even if the thread moves later.</summary>
    public static Fd NetlinkSocket()
    {
        nint socket = Call("socket", "NETLINK_ROUTE", SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        return Fd.Own(socket);
    }

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
