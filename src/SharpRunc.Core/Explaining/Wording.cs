using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Decisions and conditions in a readable form: <c>ERRNO(1 EPERM)</c>, <c>arg0 &amp; 0x7e020000 == 0</c>.</summary>
internal static class Wording
{
    /// <summary>Larger numbers are usually addresses, flags and masks.</summary>
    private const ulong LargestDecimal = 1023;

    /// <summary>Null for a value that no profile yields.</summary>
    /// <param name="decision">SECCOMP_RET_…, including its data.</param>
    public static string? ActionName(uint decision) => (decision & SECCOMP_RET_ACTION_FULL) switch
    {
        SECCOMP_RET_KILL_PROCESS => "KILL_PROCESS",
        SECCOMP_RET_KILL_THREAD => "KILL_THREAD",
        SECCOMP_RET_TRAP => "TRAP",
        SECCOMP_RET_ERRNO => "ERRNO",
        SECCOMP_RET_USER_NOTIF => "NOTIFY",
        SECCOMP_RET_TRACE => "TRACE",
        SECCOMP_RET_LOG => "LOG",
        SECCOMP_RET_ALLOW => "ALLOW",
        _ => null,
    };

    public static string Action(uint decision)
    {
        uint data = decision & SECCOMP_RET_DATA;
        return (ActionName(decision), decision & SECCOMP_RET_ACTION_FULL) switch
        {
            (null, _) => Hex(decision),
            ({ } name, SECCOMP_RET_ERRNO) => ErrnoName.Find(data) is { } errno ? $"{name}({data} {errno})" : $"{name}({data})",
            ({ } name, SECCOMP_RET_TRACE) => $"{name}({data})",
            ({ } name, _) => name,
        };
    }

    /// <summary>Whether the call proceeds as if there were no filter.</summary>
    public static bool Passes(uint decision) => (decision & SECCOMP_RET_ACTION_FULL) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG;

    public static string Describe(Condition condition)
    {
        string argument = $"arg{condition.Argument}", value = Value(condition.Value);
        return condition.Op switch
        {
            Comparison.Equal => $"{argument} == {value}",
            Comparison.NotEqual => $"{argument} != {value}",
            Comparison.MaskedEqual => $"{argument} & {Hex(condition.Mask)} == {value}",
            Comparison.Less => $"{argument} < {value}",
            Comparison.LessOrEqual => $"{argument} <= {value}",
            Comparison.Greater => $"{argument} > {value}",
            _ => $"{argument} >= {value}",
        };
    }

    public static string Describe(IReadOnlyList<Condition> conditions)
    {
        List<string> texts = [];
        foreach (Condition condition in conditions)
            texts.Add(Describe(condition));
        return string.Join(" and ", texts);
    }

    public static string Value(ulong value) => value <= LargestDecimal ? value.ToString() : Hex(value);

    public static string Hex(ulong value) => "0x" + value.ToString("x");
}

/// <summary>Arguments of a call in the notation that users write.</summary>
internal static class Argument
{
    private const int Most = 6;

    /// <summary>Decimal, 0x… or octal with a leading 0, each with an optional minus; null if it is no 64-bit number.</summary>
    public static ulong? Parse(string text)
    {
        bool isNegative = text.StartsWith('-');
        ReadOnlySpan<char> digits = text.AsSpan(isNegative ? 1 : 0);
        if (Magnitude(digits) is not { } magnitude || isNegative && magnitude > 1ul << 63)
            return null;
        return isNegative ? 0 - magnitude : magnitude;
    }

    /// <param name="texts">At most six; _ means unknown, and so does a missing one.</param>
    /// <exception cref="ContainerException">One is no number, or there are too many.</exception>
    public static ulong?[] ParseAll(ReadOnlySpan<string> texts)
    {
        if (texts.Length > Most)
            throw new ContainerException(ErrorCode.UsageValue, $"a system call has at most {Most} arguments");
        ulong?[] arguments = new ulong?[Most];
        for (int i = 0; i < texts.Length; i++)
            if (texts[i] != "_")
                arguments[i] = Parse(texts[i]) ?? throw NoNumber(texts[i]);
        return arguments;
    }

    private static ContainerException NoNumber(string text)
        => new(ErrorCode.UsageValue, $"argument \"{text}\": expected a 64-bit number like 10, 0xa, 012 or -1, or _ for an unknown one");

    private static ulong? Magnitude(ReadOnlySpan<char> digits)
    {
        ulong value;
        if (digits.StartsWith("0x") || digits.StartsWith("0X"))
            return ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) ? value : null;
        if (digits.Length < 2 || digits[0] != '0')
            return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) ? value : null;
        value = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7' || value > ulong.MaxValue >> 3)
                return null;
            value = value << 3 | (uint)(digit - '0');
        }
        return value;
    }
}
