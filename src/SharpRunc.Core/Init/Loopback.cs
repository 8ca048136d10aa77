using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>A new network namespace has a loopback interface that is down.</summary>
internal static unsafe class Loopback
{
    /// <summary>In the network namespace of another process. Ours is entered again whatever happens.</summary>
    public static void UpIn(int pid)
    {
        using Fd own = Sys.OpenAt(Fd.Cwd, "/proc/self/ns/net", O_RDONLY), theirs = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/ns/net", O_RDONLY);
        Sys.Setns(theirs, CLONE_NEWNET, "the container's network namespace");
        try
        {
            Up();
        }
        finally
        {
            Sys.Setns(own, CLONE_NEWNET, "own network namespace");
        }
    }

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
