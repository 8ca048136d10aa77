using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc;

/// <summary>
/// Stands before C's main (--wrap=main in SharpRunc.csproj). Where the caller's limits leave too little memory for .NET's heap, its start-up ends with
/// status 255 and not a word, or with a fault. Nothing of .NET is there yet: only calls and constants, as in the last mile.
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
    /// What would change how .NET itself behaves, in a process that must behave in one way, is not seen by getenv(3). /proc/self/environ still has
    /// it: hooks get the environment as the caller gave it.
    /// </summary>
    /// <param name="environ">Behind the arguments and their null, as execve(2) lays them out.</param>
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
                if (text[i] != p[i]) // so is the end of a shorter one
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
