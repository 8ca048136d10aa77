namespace SharpRunc.Linux.LibC;

// sys/un.h
internal static unsafe partial class Libc
{
    public struct sockaddr_un
    {
        public ushort sun_family;
        public fixed byte sun_path[108];
    }
}
