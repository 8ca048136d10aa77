namespace SharpRunc.Linux.LibC;

internal static unsafe partial class Libc
{
    // asm/signal.h
    public const nint SA_RESTORER = 0x04000000;
}
