namespace SharpRunc.Linux.LibC;

// sys/socket.h, sys/un.h
internal static unsafe partial class Libc
{
    public const int AF_UNIX = 1, AF_INET = 2, AF_NETLINK = 16, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_SEQPACKET = 5,
        SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000, SOL_SOCKET = 1, SCM_RIGHTS = 1, SCM_CREDENTIALS = 2, SO_PASSCRED = 16,
        SO_SNDTIMEO = 21, MSG_PEEK = 2, MSG_NOSIGNAL = 0x4000, MSG_CMSG_CLOEXEC = 0x40000000;

    public struct iovec
    {
        public void* iov_base;
        public nuint iov_len;
    }

    public struct msghdr
    {
        public void* msg_name;
        public uint msg_namelen;
        public iovec* msg_iov;
        public nuint msg_iovlen;
        public void* msg_control;
        public nuint msg_controllen;
        public int msg_flags;
    }

    public struct cmsghdr
    {
        public nuint cmsg_len;
        public int cmsg_level, cmsg_type;
    }

    /// <summary>sys/time.h</summary>
    public struct timeval
    {
        public long tv_sec, tv_usec;
    }

    public struct ucred
    {
        public int pid;
        public uint uid, gid;
    }
}
