using System;
using System.Globalization;

namespace SharpRunc.Core.Explaining;

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
            throw new ContainerException($"a system call has at most {Most} arguments");
        ulong?[] arguments = new ulong?[Most];
        for (int i = 0; i < texts.Length; i++)
            if (texts[i] != "_")
                arguments[i] = Parse(texts[i]) ?? throw NoNumber(texts[i]);
        return arguments;
    }

    private static ContainerException NoNumber(string text)
        => new($"argument \"{text}\": expected a 64-bit number like 10, 0xa, 012 or -1, or _ for an unknown one");

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
