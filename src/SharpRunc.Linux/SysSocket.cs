using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Sockets between processes of one machine, with descriptors and credentials beside the bytes.
internal static unsafe partial class Sys
{
    /// <summary>A connected pair; each message arrives whole, and the end of one side is read as an empty message.</summary>
    public static (Fd, Fd) SocketPair()
    {
        int* pair = stackalloc int[2];
        Call("socketpair", null, SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (nint)pair);
        return (Fd.Own(pair[0]), Fd.Own(pair[1]));
    }

    /// <summary>pipe(2): the end to read from and the end to write to.</summary>
    public static (Fd Read, Fd Write) Pipe()
    {
        int* pair = stackalloc int[2];
        Call("pipe2", null, SYS_pipe2, (nint)pair, O_CLOEXEC);
        return (Fd.Own(pair[0]), Fd.Own(pair[1]));
    }

    /// <summary>Sends one message, with descriptors if there are any (SCM_RIGHTS). A negative errno on failure.</summary>
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

    /// <summary>Receives one message; 0 when the other side is gone.</summary>
    /// <param name="descriptors">Filled with what came with it (SCM_RIGHTS), close-on-exec; the rest is −1.</param>
    /// <param name="sender">
    /// The pid of who sent it, as this process' PID namespace numbers it (SCM_CREDENTIALS): 0 unless <see cref="PassCredentials"/> asked for it. In another's
    /// place speaks only who is privileged over a PID namespace that both are in.
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

    /// <summary>More than there is room for are closed.</summary>
    private static void Take(ReadOnlySpan<int> received, Span<int> descriptors)
    {
        for (int i = 0; i < received.Length; i++)
            if (i < descriptors.Length)
                descriptors[i] = received[i];
            else
                Fd.Own(received[i]).Dispose();
    }

    /// <summary>A peer that closed with a message of ours unread is told first, and once; what it had sent comes behind that.</summary>
    private static int ReceiveMessage(Fd socket, msghdr* message)
    {
        nint length = Try("recvmsg", null, SYS_recvmsg, socket.Number, (nint)message, MSG_CMSG_CLOEXEC);
        if (length == -ECONNRESET)
            length = Try("recvmsg", null, SYS_recvmsg, socket.Number, (nint)message, MSG_CMSG_CLOEXEC);
        return (int)Checked("recvmsg", null, length);
    }

    /// <summary>Asks the kernel to tell who sends (SO_PASSCRED).</summary>
    /// <summary>connect(2) waits no longer either.</summary>
    public static void SetSendTimeout(Fd socket, int seconds)
    {
        timeval time = new() { tv_sec = seconds };
        Call("setsockopt", null, SYS_setsockopt, socket.Number, SOL_SOCKET, SO_SNDTIMEO, (nint)(&time), sizeof(timeval));
    }

    public static void PassCredentials(Fd socket, bool on)
    {
        int value = on ? 1 : 0;
        Call("setsockopt", null, SYS_setsockopt, socket.Number, SOL_SOCKET, SO_PASSCRED, (nint)(&value), sizeof(int));
    }

    /// <param name="size">Bytes of the address that count.</param>
    public static int TryConnect(Fd socket, sockaddr_un address, int size, string subject)
        => (int)Try("connect", subject, SYS_connect, socket.Number, (nint)(&address), size);

    /// <param name="size">Bytes of the address that count.</param>
    public static int TryBind(Fd socket, sockaddr_un address, int size, string subject)
        => (int)Try("bind", subject, SYS_bind, socket.Number, (nint)(&address), size);

    public static Fd Socket(int domain, int type) => Fd.Own(Call("socket", null, SYS_socket, domain, type | SOCK_CLOEXEC, 0));

    /// <summary>ioctl(2) with a pointer to a blittable value.</summary>
    public static int TryIoctl<T>(Fd fd, nint request, ref T value, string subject) where T : unmanaged
    {
        fixed (T* p = &value)
            return (int)Try("ioctl", subject, SYS_ioctl, fd.Number, request, (nint)p);
    }

    /// <param name="size">Of what comes behind the header.</param>
    private static int ControlLength(int size) => sizeof(cmsghdr) + (size + 7) / 8 * 8;
}
