using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

// time.h. Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    public const int CLOCK_MONOTONIC = 1;

    /// <summary>By the vDSO: no system call.</summary>
    [DllImport("libc"), SuppressGCTransition]
    public static extern int clock_gettime(int clock, long* time);
}
