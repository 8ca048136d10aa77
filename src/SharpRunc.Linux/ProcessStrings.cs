using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>argv and environ(7) of this process, byte for byte: .NET's own decoding loses bytes that are not UTF-8.</summary>
internal static unsafe class ProcessStrings
{
    /// <summary>null if not set. If a name is duplicated, the first one counts, as in getenv(3).</summary>
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

    /// <summary>NAME=VALUE, and anything else that the caller passed, in its order.</summary>
    public static string[] Environment()
    {
        List<string> variables = [];
        for (byte** at = environ(); *at != null; at++)
            variables.Add(KernelText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*at)));
        return [.. variables];
    }

    /// <param name="decoded">As .NET provides them: only a replacement character shows that bytes were lost.</param>
    public static string[] Arguments(string[] decoded)
    {
        foreach (string argument in decoded)
            if (argument.Contains('\uFFFD'))
                return Exact(decoded);
        return decoded;
    }

    /// <summary>
    /// Overwrites both, for a process that others inspect: /proc/PID/cmdline then shows another name, and /proc/PID/environ nothing. All
    /// strings are contiguous, from the first argument to the program's file name; the page in which they begin is the end of the stack.
    /// </summary>
    /// <param name="name">Each of its words is followed by a NUL.</param>
    /// <returns>The address at which the strings begin.</returns>
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

    /// <summary>The kernel places argc, argv, a null and environ in sequence (System V ABI, "Initial Process Stack").</summary>
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
