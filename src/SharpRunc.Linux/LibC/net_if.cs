namespace SharpRunc.Linux.LibC;

// net/if.h. Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    public const short IFF_UP = 1, IFF_LOOPBACK = 8;

    /// <summary>linux/net.h: the loopback is the first device of a new network namespace.</summary>
    public const int LOOPBACK_IFINDEX = 1;
}
