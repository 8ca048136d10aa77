namespace SharpRunc.Linux.LibC;

// net/if.h, linux/sockios.h
internal static unsafe partial class Libc
{
    public const nint SIOCSIFFLAGS = 0x8914;

    public const short IFF_UP = 1, IFF_LOOPBACK = 8;

    /// <summary>netdevice(7), as far as SIOCSIFFLAGS reads it.</summary>
    public struct ifreq
    {
        public fixed byte Name[16];
        public short Flags;
        public fixed byte Rest[22];
    }
}
