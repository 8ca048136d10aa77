using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>A new network namespace has a loopback interface that is down.</summary>
internal static unsafe class Loopback
{
    public static void Up()
    {
        using Fd socket = Sys.Socket(AF_INET, SOCK_DGRAM);
        ifreq request = default;
        request.Name[0] = (byte)'l';
        request.Name[1] = (byte)'o';
        request.Flags = IFF_UP;
        int error = Sys.TryIoctl(socket, SIOCSIFFLAGS, ref request, "lo");
        if (error < 0)
            throw new SysException("ioctl SIOCSIFFLAGS", "lo", -error);
    }
}
