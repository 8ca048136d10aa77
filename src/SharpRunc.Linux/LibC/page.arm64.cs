namespace SharpRunc.Linux.LibC;

// The size of a page: 4, 16 or 64 KiB, as the kernel was built.
internal static unsafe partial class Libc
{
    private const nuint AT_PAGESZ = 6;

    public static nint PageSize => (nint)getauxval(AT_PAGESZ);
}
