namespace SharpRunc.Linux.LibC;

// linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h. Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    public const int NETLINK_ROUTE = 0;

    public const ushort NLMSG_ERROR = 2, NLMSG_DONE = 3;

    public const ushort RTM_NEWLINK = 16, RTM_DELLINK = 17, RTM_GETLINK = 18, RTM_NEWADDR = 20, RTM_GETADDR = 22;

    public const ushort NLM_F_REQUEST = 1, NLM_F_ACK = 4, NLM_F_DUMP_INTR = 0x10, NLM_F_EXCL = 0x200, NLM_F_DUMP = 0x300,
        NLM_F_CREATE = 0x400;

    public const ushort IFLA_IFNAME = 3, IFLA_NET_NS_FD = 28, IFLA_EXT_MASK = 29, IFLA_NEW_IFINDEX = 49;

    public const ushort IFA_ADDRESS = 1, IFA_LOCAL = 2, IFA_LABEL = 3, IFA_BROADCAST = 4, IFA_CACHEINFO = 6, IFA_FLAGS = 8,
        IFA_RT_PRIORITY = 9, IFA_PROTO = 11;

    public const uint RTMGRP_LINK = 1;

    public const uint RTEXT_FILTER_SKIP_STATS = 8, IFA_F_PERMANENT = 0x80;

    public const byte RT_SCOPE_UNIVERSE = 0;

    /// <summary>Room for a name and its NUL.</summary>
    public const int IFNAMSIZ = 16;

    public struct sockaddr_nl
    {
        public ushort nl_family, pad;
        public uint nl_pid, nl_groups;
    }

    public struct nlmsghdr
    {
        public uint nlmsg_len;
        public ushort nlmsg_type, nlmsg_flags;
        public uint nlmsg_seq, nlmsg_pid;
    }

    /// <summary>Attributes are padded to four bytes; the length includes this header but not the padding.</summary>
    public struct rtattr
    {
        public ushort rta_len, rta_type;
    }

    public struct ifinfomsg
    {
        public byte ifi_family, pad;
        public ushort ifi_type;
        public int ifi_index;
        public uint ifi_flags, ifi_change;
    }

    public struct ifaddrmsg
    {
        public byte ifa_family, ifa_prefixlen, ifa_flags, ifa_scope;
        public uint ifa_index;
    }
}
