using System;
using System.Globalization;

namespace SharpRunc.Core.Containers;

/// <summary>Signals as the kill command takes them: a number, or a name with or without SIG in any case (signal(7)).</summary>
internal static class Signals
{
    private const int Highest = 64;

    // In the order of their numbers, from 1 (x86 and arm; asm/signal.h).
    private static readonly string[] Names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private static readonly (string Name, int Number)[] OtherNames = [("IOT", 6), ("CLD", 17), ("POLL", 29)];

    /// <exception cref="ContainerException">unknown signal "X".</exception>
    public static int Parse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= Highest)
            return number;
        ReadOnlySpan<char> name = text;
        if (name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase))
            name = name[3..];
        for (int i = 0; i < Names.Length; i++)
            if (name.Equals(Names[i], StringComparison.OrdinalIgnoreCase))
                return i + 1;
        foreach ((string other, int value) in OtherNames)
            if (name.Equals(other, StringComparison.OrdinalIgnoreCase))
                return value;
        throw new ContainerException($"unknown signal \"{text}\"");
    }
}
