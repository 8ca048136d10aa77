using System.Runtime;
using System.Runtime.CompilerServices;

namespace SharpRunc;

/// <summary>
/// What .NET's start-up asks the C library, answered here for a process of one thread (--wrap in SharpRunc.csproj): glibc reads and scans
/// /proc/self/maps for the stack's bounds and two files of /sys for the number of processors, a tenth of what a start costs; .NET opens
/// /dev/urandom for the seed of its hash codes. These may be called before .NET is up: only calls and constants, as in <see cref="Entry"/>.
/// </summary>
internal static unsafe class StartUp
{
    private const int RLIMIT_STACK = 3, NprocessorsConf = 83, NprocessorsOnln = 84; // _SC_…
    private const uint GRND_INSECURE = 4; // as urandom: waits for nothing
    private const nuint AT_EXECFN = 31, PageSize = 4096, LargestStack = 8 << 20;

    /// <summary>pthread_getattr_np(3) of the main thread, the only one: its stack and that stack's limit.</summary>
    /// <remarks>The program's name (getauxval(3), AT_EXECFN) lies above all frames, in the stack's last page but one or two.</remarks>
    public static int Attributes(nuint thread, void* attributes)
    {
        ulong* limit = stackalloc ulong[2]; // soft, hard
        nuint top = (getauxval(AT_EXECFN) + PageSize) & ~(PageSize - 1);
        nuint size = getrlimit(RLIMIT_STACK, limit) == 0 && limit[0] < LargestStack ? (nuint)limit[0] & ~(PageSize - 1) : LargestStack;
        return pthread_attr_setstack(attributes, (void*)(top - size), size);
    }

    /// <summary>sysconf(3): with one thread there is nothing to spread over processors.</summary>
    public static nint Sysconf(int name) => name is NprocessorsConf or NprocessorsOnln ? 1 : real_sysconf(name);

    /// <summary>Where the kernel (before 5.6) or a seccomp profile has no such call, as .NET does it.</summary>
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
