namespace SharpRunc.Linux.LibC;

// The size of a page.
internal static unsafe partial class Libc
{
    public const nint PageSize = 4096;
}
