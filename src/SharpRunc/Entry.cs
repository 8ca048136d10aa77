using System;

namespace SharpRunc;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Runs before C's main (--wrap=main in SharpRunc.csproj). If the caller's limits leave too little memory for .NET's heap, .NET's start-up
/// exits silently with status 255, or crashes. .NET is not up yet at this point: only calls and constants are allowed, as in the last mile.
/// </summary>
internal static unsafe class Entry
{
    private const ulong NeededAddressSpace = 96 << 20, NeededData = 2 << 20;

    public static int Begin(int argc, byte** argv)
    {
        if (Lacks(RLIMIT_AS, NeededAddressSpace))
            return Refuse("sharprunc: the caller's limit of address space (RLIMIT_AS) is too low: 96 MiB are needed\n"u8);
        if (Lacks(RLIMIT_DATA, NeededData))
            return Refuse("sharprunc: the caller's limit of data (RLIMIT_DATA) is too low: 2 MiB are needed\n"u8);
        HideSettings(argv + argc + 1);
        return c_main(argc, argv);
    }

    /// <summary>
    /// Hides from getenv(3) the variables that would change .NET's own behaviour, which must not vary. /proc/self/environ still has them:
    /// hooks get the caller's environment unchanged.
    /// </summary>
    /// <param name="environ">Follows the arguments and their null, in execve(2)'s layout.</param>
    private static void HideSettings(byte** environ)
    {
        byte** kept = environ;
        for (byte** variable = environ; *variable is not null; variable++)
            if (!StartsWith(*variable, "DOTNET_"u8) && !StartsWith(*variable, "COMPlus_"u8))
                *kept++ = *variable;
        *kept = null;
    }

    private static bool StartsWith(byte* text, ReadOnlySpan<byte> prefix)
    {
        fixed (byte* p = prefix)
            for (int i = 0; i < prefix.Length; i++)
                if (text[i] != p[i]) // also stops at the end of a shorter text
                    return false;
        return true;
    }

    private static bool Lacks(int resource, ulong needed)
    {
        rlimit64 limit;
        return getrlimit(resource, &limit) == 0 && limit.rlim_cur < needed;
    }

    private static int Refuse(ReadOnlySpan<byte> text)
    {
        fixed (byte* t = text)
            write(2, t, text.Length);
        return 1;
    }
}
