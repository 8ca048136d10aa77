using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Sockets: between processes on one machine, with descriptors and credentials, and to the kernel (netlink(7)).
internal static unsafe partial class Sys
{
    public static Fd Socket(int domain, int type) => Socket(domain, type, 0, null);

    private static Fd Socket(int domain, int type, int protocol, string? subject)
    {
        LibraryCall call = new("socket", subject);
        while (call.IsDue)
            call.Returned(socket(domain, type | SOCK_CLOEXEC, protocol));
        return Fd.Own(call.ResultOrThrow());
    }

    /// <summary>A connected pair; each message arrives as a whole, and when one side is closed the other reads an empty message.</summary>
    public static (Fd, Fd) SocketPair()
    {
        int* pair = stackalloc int[2];
        LibraryCall call = new("socketpair", null);
        while (call.IsDue)
            call.Returned(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
        call.ResultOrThrow();
        return (Fd.Own(pair[0]), Fd.Own(pair[1]));
    }

    /// <param name="size">The number of bytes of the address that count.</param>
    public static SysError TryConnect(Fd socket, sockaddr_un address, int size, string subject)
    {
        LibraryCall call = new("connect", subject);
        while (call.IsDue)
            call.Returned(connect(socket.Number, (sockaddr*)&address, (uint)size));
        return call.Error;
    }

    /// <param name="size">The number of bytes of the address that count.</param>
    public static SysError TryBind(Fd socket, sockaddr_un address, int size, string subject)
    {
        LibraryCall call = new("bind", subject);
        while (call.IsDue)
            call.Returned(bind(socket.Number, (sockaddr*)&address, (uint)size));
        return call.Error;
    }

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
            iovec vector = new() { iov_base = data, iov_len = bytes.Length };
            msghdr message = new() { msg_iov = &vector, msg_iovlen = 1 };
            if (descriptors.Length > 0)
            {
                cmsghdr* header = (cmsghdr*)control;
                *header = new() { cmsg_len = sizeof(cmsghdr) + size, cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS };
                descriptors.CopyTo(new Span<int>(header + 1, descriptors.Length));
                message.msg_control = control;
                message.msg_controllen = controlLength;
            }
            LibraryCall call = new("sendmsg", null);
            while (call.IsDue)
                call.Returned((nint)sendmsg(socket.Number, &message, MSG_NOSIGNAL));
            error = call.Error;
            return (int)call.Result;
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
            iovec vector = new() { iov_base = data, iov_len = buffer.Length };
            msghdr message = new() { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = controlLength };
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
        LibraryCall received = ReceiveMessage(socket, message, MSG_CMSG_CLOEXEC, null);
        if (received.Error.Errno == ECONNRESET)
            received = ReceiveMessage(socket, message, MSG_CMSG_CLOEXEC, null);
        return (int)received.ResultOrThrow();
    }

    private static LibraryCall ReceiveMessage(Fd socket, msghdr* message, int flags, string? subject)
    {
        LibraryCall call = new("recvmsg", subject);
        while (call.IsDue)
            call.Returned((nint)recvmsg(socket.Number, message, flags));
        return call;
    }

    /// <summary>Limits how long a send waits, and connect(2) too.</summary>
    public static void SetSendTimeout(Fd socket, int seconds)
    {
        timeval time = new() { tv_sec = seconds };
        SetOption(socket, SO_SNDTIMEO, &time, sizeof(timeval));
    }

    /// <summary>Has the kernel report the sender of each message (SO_PASSCRED).</summary>
    public static void PassCredentials(Fd socket, bool on)
    {
        int value = on ? 1 : 0;
        SetOption(socket, SO_PASSCRED, &value, sizeof(int));
    }

    private static void SetOption(Fd socket, int option, void* value, int size)
    {
        LibraryCall call = new("setsockopt", null);
        while (call.IsDue)
            call.Returned(setsockopt(socket.Number, SOL_SOCKET, option, value, (uint)size));
        call.ResultOrThrow();
    }

    /// <param name="size">Bytes after the header. The package's CMSG_LEN rounds up, and would send descriptors that nobody named.</param>
    private static int ControlLength(int size) => CMSG_SPACE(size);

    /// <summary>Bound to the current network namespace of this thread, even if the thread moves later.</summary>
    /// <param name="groups">RTMGRP_…, whose messages it receives.</param>
    public static Fd NetlinkSocket(uint groups = 0)
    {
        Fd netlink = Socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, "NETLINK_ROUTE");
        if (groups == 0)
            return netlink;
        sockaddr_nl address = new() { nl_family = (ushort)AF_NETLINK, nl_groups = groups };
        LibraryCall call = new("bind", "NETLINK_ROUTE");
        while (call.IsDue)
            call.Returned(bind(netlink.Number, (sockaddr*)&address, (uint)sizeof(sockaddr_nl)));
        call.ResultOrThrow();
        return netlink;
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
                iovec vector = new() { iov_base = data, iov_len = buffer.Length };
                msghdr message = new() { msg_name = &sender, msg_namelen = (uint)sizeof(sockaddr_nl), msg_iov = &vector, msg_iovlen = 1 };
                int length = (int)ReceiveMessage(netlink, &message, MSG_TRUNC, "NETLINK_ROUTE").ResultOrThrow();
                if (sender.nl_pid != 0)
                    continue;
                return length <= buffer.Length ? length : throw new SysException("recvmsg", "NETLINK_ROUTE", EMSGSIZE);
            }
    }
}
