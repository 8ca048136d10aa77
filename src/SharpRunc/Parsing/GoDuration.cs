using System;
using System.Globalization;

namespace SharpRunc.Parsing;

/// <summary>A duration in the format of Go's time.ParseDuration: 5s, 1m30s, 1.5h, 500ms.</summary>
internal static class GoDuration
{
    private static readonly (string Name, long Nanoseconds)[] Units =
    [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000),
        ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ];

    /// <summary>Nanoseconds; null if it is invalid, or longer than 292 years.</summary>
    public static long? Parse(ReadOnlySpan<char> text)
    {
        bool negative = text.StartsWith("-");
        if (negative || text.StartsWith("+"))
            text = text[1..];
        if (text is "0")
            return 0;
        decimal total = 0;
        if (text.IsEmpty)
            return null;
        while (!text.IsEmpty)
        {
            int digits = CountWhile(text, static c => char.IsAsciiDigit(c) || c == '.');
            int unit = CountWhile(text[digits..], static c => !char.IsAsciiDigit(c) && c != '.');
            if (!decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
                return null;
            if (Length(text.Slice(digits, unit)) is not { } length || number > long.MaxValue / length)
                return null;
            total += number * length;
            text = text[(digits + unit)..];
        }
        return total > long.MaxValue ? null : (long)(negative ? -total : total);
    }

    private static long? Length(ReadOnlySpan<char> unit)
    {
        foreach ((string name, long nanoseconds) in Units)
            if (unit.SequenceEqual(name))
                return nanoseconds;
        return null;
    }

    private static int CountWhile(ReadOnlySpan<char> text, Func<char, bool> fits)
    {
        int count = 0;
        while (count < text.Length && fits(text[count]))
            count++;
        return count;
    }
}
