using System;
using System.Globalization;

namespace SharpRunc.Parsing;

/// <summary>
/// Sizes as engines and users write them: 67108864, 64m, 64MB, 64MiB, 1.5g; the units are powers of 1024, and -1 means no limit.
/// </summary>
internal static class ByteSize
{
    private const string Units = "kmgtp";

    /// <summary>Bytes; null if it is no size or too large for a long.</summary>
    public static long? Parse(ReadOnlySpan<char> text)
    {
        if (text is "-1")
            return -1;
        int digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
            digits++;
        ReadOnlySpan<char> number = text[..digits], unit = text[digits..];
        if (unit.StartsWith(" "))
            unit = unit[1..];
        int power = unit.IsEmpty ? -1 : Units.IndexOf(char.ToLowerInvariant(unit[0]));
        if (power >= 0)
            unit = unit[1..];
        if (unit.StartsWith("i", StringComparison.OrdinalIgnoreCase))
            unit = unit[1..];
        if (unit.StartsWith("b", StringComparison.OrdinalIgnoreCase))
            unit = unit[1..];
        if (!unit.IsEmpty || number.IsEmpty || !char.IsAsciiDigit(number[0]))
            return null;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
            return null;
        for (; power >= 0 && value <= long.MaxValue; power--)
            value *= 1024;
        return value <= long.MaxValue ? (long)value : null;
    }
}
