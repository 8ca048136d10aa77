using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Sockets between processes on one machine; messages can carry descriptors and credentials.
internal static unsafe partial class Sys
{
    /// <summary>A connected pair; each message arrives as a whole, and when one side is closed the other reads an empty message.</summary>
    public static (Fd, Fd) SocketPair()
    {
        int* pair = stackalloc int[2];
        Call("socketpair", null, SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (nint)pair);
        return (Fd.Own(pair[0]), Fd.Own(pair[1]));
    }

    /// <summary>pipe(2): the read end and the write end.</summary>
    public static (Fd Read, Fd Write) Pipe()
    {
        int* pair = stackalloc int[2];
        Call("pipe2", null, SYS_pipe2, (nint)pair, O_CLOEXEC);
        return (Fd.Own(pair[0]), Fd.Own(pair[1]));
    }

    /// <summary>Sends one message, with descriptors if there are any (SCM_RIGHTS). Returns a negative errno on failure.</summary>
    public static int TrySend(Fd socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors = default)
    {
        int controlLength = ControlLength(descriptors.Length * sizeof(int));
        byte* control = stackalloc byte[controlLength];
        fixed (byte* data = bytes)
        {
            iovec vector = new() { iov_base = data, iov_len = (nuint)bytes.Length };
            msghdr message = new() { msg_iov = &vector, msg_iovlen = 1 };
            if (descriptors.Length > 0)
            {
                cmsghdr* header = (cmsghdr*)control;
                *header = new() { cmsg_len = (nuint)(sizeof(cmsghdr) + descriptors.Length * sizeof(int)), cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS };
                descriptors.CopyTo(new Span<int>(header + 1, descriptors.Length));
                message.msg_control = control;
                message.msg_controllen = (nuint)controlLength;
            }
            return (int)Try("sendmsg", null, SYS_sendmsg, socket.Number, (nint)(&message), MSG_NOSIGNAL);
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
                    Take(new(header + 1, size / sizeof(int)), descriptors);
                else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS)
                    sender = ((ucred*)(header + 1))->pid;
                at += ControlLength(size);
            }
            return length;
        }
    }

    public static int Receive(Fd socket, Span<byte> buffer, Span<int> descriptors) => Receive(socket, buffer, descriptors, out _);

    /// <summary>Descriptors beyond the available room are closed.</summary>
    private static void Take(ReadOnlySpan<int> received, Span<int> descriptors)
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
        nint length = Try("recvmsg", null, SYS_recvmsg, socket.Number, (nint)message, MSG_CMSG_CLOEXEC);
        if (length == -ECONNRESET)
            length = Try("recvmsg", null, SYS_recvmsg, socket.Number, (nint)message, MSG_CMSG_CLOEXEC);
        return (int)Checked("recvmsg", null, length);
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

    /// <param name="size">The number of bytes of the address that count.</param>
    public static int TryConnect(Fd socket, sockaddr_un address, int size, string subject)
        => (int)Try("connect", subject, SYS_connect, socket.Number, (nint)(&address), size);

    /// <param name="size">The number of bytes of the address that count.</param>
    public static int TryBind(Fd socket, sockaddr_un address, int size, string subject)
        => (int)Try("bind", subject, SYS_bind, socket.Number, (nint)(&address), size);

    public static Fd Socket(int domain, int type) => Fd.Own(Call("socket", null, SYS_socket, domain, type | SOCK_CLOEXEC, 0));

    /// <summary>ioctl(2) with a pointer to a blittable value.</summary>
    public static int TryIoctl<T>(Fd fd, nint request, ref T value, string subject) where T : unmanaged
    {
        fixed (T* p = &value)
            return (int)Try("ioctl", subject, SYS_ioctl, fd.Number, request, (nint)p);
    }

    /// <param name="size">Bytes after the header.</param>
    private static int ControlLength(int size) => sizeof(cmsghdr) + (size + 7) / 8 * 8;
}
