using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

/// <summary>argv and environ(7) of this process, byte for byte: .NET's own decoding loses what is not UTF-8.</summary>
internal static unsafe class ProcessStrings
{
    /// <summary>null: not set. Of two with one name the first counts, as in getenv(3).</summary>
    public static string? Variable(string name)
    {
        for (byte** at = environ(); *at != null; at++)
        {
            ReadOnlySpan<byte> variable = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*at);
            if (variable.Length > name.Length && variable[name.Length] == (byte)'=' && IsAscii(variable[..name.Length], name))
                return KernelText.Decode(variable[(name.Length + 1)..]);
        }
        return null;
    }

    /// <summary>NAME=VALUE, and whatever else the caller gave, in its order.</summary>
    public static string[] Environment()
    {
        List<string> variables = [];
        for (byte** at = environ(); *at != null; at++)
            variables.Add(KernelText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*at)));
        return [.. variables];
    }

    /// <param name="decoded">As .NET has them: only a replacement character says that there was something else.</param>
    public static string[] Arguments(string[] decoded)
    {
        foreach (string argument in decoded)
            if (argument.Contains('\uFFFD'))
                return Exact(decoded);
        return decoded;
    }

    /// <summary>
    /// Overwrites them, for a process that others look at: /proc/PID/cmdline says another name from now on, and /proc/PID/environ nothing. From the
    /// first argument to the program's file name all strings follow one another; the page that they begin in is the end of the stack.
    /// </summary>
    /// <param name="name">A NUL behind each of its words.</param>
    /// <returns>Where they begin.</returns>
    public static nint Overwrite(ReadOnlySpan<byte> name)
    {
        byte** last = environ() - 2;
        nint count = 1;
        while ((nint)last[-count] != count)
            count++;
        byte* start = last[1 - count], end = (byte*)getauxval(AT_EXECFN);
        Span<byte> strings = new(start, (int)(end - start));
        strings.Clear();
        name[..Math.Min(name.Length, strings.Length)].CopyTo(strings);
        return (nint)start;
    }

    /// <summary>The kernel lays argc, argv, a null and environ behind one another (System V ABI, "Initial Process Stack").</summary>
    private static string[] Exact(string[] decoded)
    {
        byte** argv = environ() - (decoded.Length + 2);
        if ((long)argv[-1] != decoded.Length + 1 || argv[decoded.Length + 1] != null)
            throw new InvalidOperationException("the arguments are not where execve(2) puts them");
        string[] exact = new string[decoded.Length];
        for (int i = 0; i < exact.Length; i++)
            exact[i] = KernelText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(argv[i + 1]));
        return exact;
    }

    private static bool IsAscii(ReadOnlySpan<byte> bytes, string text)
    {
        for (int i = 0; i < bytes.Length; i++)
            if (bytes[i] != text[i])
                return false;
        return true;
    }
}
