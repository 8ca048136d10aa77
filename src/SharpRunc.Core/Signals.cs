using System;
using System.Globalization;

namespace SharpRunc.Core;

/// <summary>Signals by number and by name, and their wording in messages (signal(7)).</summary>
internal static class Signals
{
    private const int Highest = 64;

    // Ordered by number, from 1 (x86 and arm; asm/signal.h), with the descriptions that Go has, and therefore runc's messages.
    private static readonly (string Name, string Words)[] Known =
    [
        ("HUP", "hangup"), ("INT", "interrupt"), ("QUIT", "quit"), ("ILL", "illegal instruction"), ("TRAP", "trace/breakpoint trap"),
        ("ABRT", "aborted"), ("BUS", "bus error"), ("FPE", "floating point exception"), ("KILL", "killed"),
        ("USR1", "user defined signal 1"), ("SEGV", "segmentation fault"), ("USR2", "user defined signal 2"), ("PIPE", "broken pipe"),
        ("ALRM", "alarm clock"), ("TERM", "terminated"), ("STKFLT", "stack fault"), ("CHLD", "child exited"), ("CONT", "continued"),
        ("STOP", "stopped (signal)"), ("TSTP", "stopped"), ("TTIN", "stopped (tty input)"), ("TTOU", "stopped (tty output)"),
        ("URG", "urgent I/O condition"), ("XCPU", "CPU time limit exceeded"), ("XFSZ", "file size limit exceeded"),
        ("VTALRM", "virtual timer expired"), ("PROF", "profiling timer expired"), ("WINCH", "window changed"), ("IO", "I/O possible"),
        ("PWR", "power failure"), ("SYS", "bad system call"),
    ];

    private static readonly (string Name, int Number)[] OtherNames = [("IOT", 6), ("CLD", 17), ("POLL", 29)];

    /// <summary>"signal 31 (bad system call)", "signal 40".</summary>
    public static string Describe(int number)
        => number >= 1 && number <= Known.Length ? $"signal {number} ({Known[number - 1].Words})" : $"signal {number}";

    /// <summary>
    /// Parses a signal as the kill command accepts it: a number, or a name with or without SIG in any case; an empty text is TERM.
    /// </summary>
    /// <exception cref="ContainerException">unknown signal "X".</exception>
    public static int Parse(string text)
    {
        if (text.Length == 0)
            return Parse("TERM"); // callers pass their argument on unchanged
        bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
        if (isNumber && number is >= 0 and <= Highest)
            return number;
        ReadOnlySpan<char> name = text;
        if (name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase))
            name = name[3..];
        for (int i = 0; i < Known.Length; i++)
            if (name.Equals(Known[i].Name, StringComparison.OrdinalIgnoreCase))
                return i + 1;
        foreach ((string other, int value) in OtherNames)
            if (name.Equals(other, StringComparison.OrdinalIgnoreCase))
                return value;
        throw new ContainerException(
            ErrorCode.UsageValue, $"unknown signal \"{text}\": expected a name like TERM, or a number from 0 to {Highest}");
    }
}
