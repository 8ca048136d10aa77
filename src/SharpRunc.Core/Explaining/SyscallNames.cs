using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The reverse of the table: names by number, for one architecture.</summary>
internal sealed class SyscallNames
{
    private readonly Architecture architecture;
    private readonly Dictionary<uint, string> names = [];

    public SyscallNames(Architecture architecture)
    {
        this.architecture = architecture;
        for (int i = 0; i < SyscallTable.Count; i++)
        {
            int number = architecture.Number(i);
            if (number >= 0)
                names[architecture.NumberBase + (uint)number] = SyscallTable.Name(i);
        }
    }

    /// <param name="number">With the architecture's base.</param>
    public string? Find(uint number) => names.GetValueOrDefault(number);

    /// <summary><c>59 execve</c>, or only the number.</summary>
    public string Label(uint number) => Find(number) is { } name ? $"{Number(number)} {name}" : Number(number);

    /// <summary>As written in headers: in hexadecimal for x32, so that its bit is visible.</summary>
    public string Number(uint number)
    {
        if (architecture.NumberBase == X32_SYSCALL_BIT)
            return Wording.Hex(number);
        return number > int.MaxValue ? ((int)number).ToString() : number.ToString();
    }

    /// <summary>A guess for an unknown name: <c>; did you mean "open"?</c>, or "".</summary>
    public static string Suggestion(string name)
    {
        for (int i = 0; i < SyscallTable.Count; i++)
        {
            string known = SyscallTable.Name(i);
            if (IsOneEditAway(known, name))
                return $"; did you mean \"{known}\"?";
        }
        return "";
    }

    /// <summary>One letter added, removed or replaced, or two neighbours swapped.</summary>
    private static bool IsOneEditAway(string a, string b)
    {
        if (a.Length < b.Length)
            (a, b) = (b, a);
        if (a.Length - b.Length > 1)
            return false;
        int at = 0;
        while (at < b.Length && a[at] == b[at])
            at++;
        if (a.Length > b.Length)
            return a.AsSpan(at + 1).SequenceEqual(b.AsSpan(at));
        if (at == b.Length)
            return false;
        return a.AsSpan(at + 1).SequenceEqual(b.AsSpan(at + 1))
            || at + 1 < a.Length && a[at] == b[at + 1] && a[at + 1] == b[at] && a.AsSpan(at + 2).SequenceEqual(b.AsSpan(at + 2));
    }
}
