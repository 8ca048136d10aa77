namespace SharpRunc.Linux.LibC;

// sys/time.h. Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    /// <summary>sys/time.h</summary>
    public struct timeval
    {
        public long tv_sec, tv_usec;
    }
}
