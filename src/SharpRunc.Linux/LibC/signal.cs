using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

internal static unsafe partial class Libc
{
    // asm/signal.h
    public const nint SA_RESTORER = 0x04000000;

    /// <summary>The last signal of all.</summary>
    public const int SIGRTMAX = 64;

    [DllImport("libc"), SuppressGCTransition]
    public static extern int pause();
}
