using System.Runtime;
using System.Runtime.CompilerServices;

namespace SharpRunc;

/// <summary>
/// Answers what .NET's start-up asks of the C library, for a single-threaded process (--wrap in SharpRunc.csproj). glibc would parse
/// /proc/self/maps for the stack's bounds and read two files in /sys for the number of CPUs, a tenth of the start-up cost; .NET would open
/// /dev/urandom to seed its hash codes. These may be called before .NET is up: only calls and constants are allowed, as in
/// <see cref="Entry"/>.
/// </summary>
internal static unsafe class StartUp
{
    private const int RLIMIT_STACK = 3, NprocessorsConf = 83, NprocessorsOnln = 84; // _SC_…
    private const uint GRND_INSECURE = 4; // like urandom: never blocks
    private const nuint AT_PAGESZ = 6, AT_EXECFN = 31, LargestStack = 8 << 20;

    /// <summary>pthread_getattr_np(3) for the main thread, the only one: its stack and that stack's limit.</summary>
    /// <remarks>The program's name (getauxval(3), AT_EXECFN) lies above all frames, in one of the last pages of the stack.</remarks>
    public static int Attributes(nuint thread, void* attributes)
    {
        ulong* limit = stackalloc ulong[2]; // soft, hard
        nuint page = getauxval(AT_PAGESZ), top = (getauxval(AT_EXECFN) + page) & ~(page - 1);
        nuint size = getrlimit(RLIMIT_STACK, limit) == 0 && limit[0] < LargestStack ? (nuint)limit[0] & ~(page - 1) : LargestStack;
        return pthread_attr_setstack(attributes, (void*)(top - size), size);
    }

    /// <summary>sysconf(3): with one thread there is nothing to spread over CPUs.</summary>
    public static nint Sysconf(int name) => name is NprocessorsConf or NprocessorsOnln ? 1 : real_sysconf(name);

    /// <summary>Falls back to .NET's own implementation where the kernel (before 5.6) or a seccomp profile lacks the call.</summary>
    public static void Random(byte* into, int length)
    {
        if (getrandom(into, length, GRND_INSECURE) != length)
            real_random(into, length);
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "getauxval")]
    private static extern nuint getauxval(nuint type);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "getrlimit")]
    private static extern int getrlimit(int resource, ulong* limit);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "pthread_attr_setstack")]
    private static extern int pthread_attr_setstack(void* attributes, void* low, nuint size);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "getrandom")]
    private static extern nint getrandom(void* into, nint length, uint flags);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "__real_SystemNative_GetNonCryptographicallySecureRandomBytes")]
    private static extern void real_random(byte* into, int length);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "__real_sysconf")]
    private static extern nint real_sysconf(int name);
}
