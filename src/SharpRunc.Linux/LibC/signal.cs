namespace SharpRunc.Linux.LibC;

// Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    // asm/signal.h
    public const nint SA_RESTORER = 0x04000000;
}
