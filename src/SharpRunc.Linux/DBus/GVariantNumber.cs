using System;
using System.Globalization;

namespace SharpRunc.Linux.DBus;

/// <summary>Numbers in the formats of strtoull(3) and strtod(3): 12, 0x1F, 017, -3, 1.5, 2e9, inf, nan.</summary>
internal static class GVariantNumber
{
    /// <summary>Whether only a double is written like this.</summary>
    public static bool IsDouble(string text)
    {
        if (Unsigned(text) is "inf" or "nan")
            return true;
        bool hasMark = text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0;
        return hasMark && !IsHexadecimal(text);
    }

    /// <param name="type">A number type.</param>
    public static DBusValue Parse(string text, char type, int position)
    {
        if (type == 'd')
            return DBusValue.Double(Double(text, position));
        bool isNegative = text[0] == '-';
        ulong size = Magnitude(text, position);
        int bits = type switch { 'y' => 8, 'n' or 'q' => 16, 'x' or 't' => 64, _ => 32 };
        bool isSigned = type is 'n' or 'i' or 'x';
        if (size > Most(bits, isSigned, isNegative))
            throw GVariantText.Error(position, $"expected a number that type {type} can hold, and {text} is none");
        long value = isNegative ? -(long)size : (long)size;
        return type switch
        {
            'y' => DBusValue.Byte((byte)value),
            'n' => DBusValue.Int16((short)value),
            'q' => DBusValue.UInt16((ushort)value),
            'i' => DBusValue.Int32((int)value),
            'u' => DBusValue.UInt32((uint)value),
            'x' => DBusValue.Int64(value),
            't' => DBusValue.UInt64((ulong)value),
            _ => DBusValue.Handle((uint)value),
        };
    }

    /// <summary>The largest number without its sign.</summary>
    private static ulong Most(int bits, bool isSigned, bool isNegative)
    {
        if (!isSigned)
            return isNegative ? 0 : ulong.MaxValue >> (64 - bits);
        ulong half = 1UL << (bits - 1);
        return isNegative ? half : half - 1;
    }

    /// <summary>The number without its sign.</summary>
    private static ulong Magnitude(string text, int position)
    {
        ReadOnlySpan<char> digits = Unsigned(text);
        uint radix = 10;
        if (IsHexadecimal(text))
        {
            radix = 16;
            digits = digits[2..];
        }
        else if (digits.Length > 1 && digits[0] == '0')
            radix = 8;
        UInt128 value = 0;
        foreach (char c in digits)
        {
            uint digit = Digit(c);
            if (digit >= radix)
                throw GVariantText.Error(position, $"expected a whole number, and '{c}' in {text} is no digit of one to the base {radix}");
            value = value * radix + digit;
            if (value > ulong.MaxValue)
                throw GVariantText.Error(position, $"expected a number that any type can hold, and {text} is none");
        }
        return digits.Length > 0 ? (ulong)value : throw GVariantText.Error(position, "expected a number, and this one has no digits");
    }

    /// <summary>More than any base if it is no digit.</summary>
    private static uint Digit(char c)
    {
        if (char.IsAsciiDigit(c))
            return c - (uint)'0';
        return char.IsAsciiHexDigit(c) ? (c | 0x20u) - 'a' + 10 : uint.MaxValue;
    }

    private static double Double(string text, int position)
    {
        switch (Unsigned(text))
        {
            case "nan": return double.NaN;
            case "inf": return text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        }
        if (IsHexadecimal(text))
            return Magnitude(text, position) * (text[0] == '-' ? -1.0 : 1.0);
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!double.TryParse(text, Styles, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
            throw GVariantText.Error(position, $"expected a number with a fraction or an exponent, and {text} is none");
        return value;
    }

    private static bool IsHexadecimal(string text) => Unsigned(text) is ['0', 'x' or 'X', ..];

    private static ReadOnlySpan<char> Unsigned(string text) => text.AsSpan(text[0] is '+' or '-' ? 1 : 0);
}
