using System;
using System.Globalization;

namespace SharpRunc.Linux.DBus;

/// <summary>Numbers of GVariant text: decimal, 0x hexadecimal, 0 octal; with a point, an exponent, inf or nan they are doubles.</summary>
internal static class GVariantNumber
{
    public static bool Is(char type) => "ynqiuxtd".Contains(type);

    public static bool IsDouble(ReadOnlySpan<char> token)
        => token is "inf" or "-inf" or "+inf" or "nan" || (token.IndexOfAny('.', 'e', 'E') >= 0 && !token.TrimStart("+-").StartsWith("0x", StringComparison.OrdinalIgnoreCase));

    /// <summary>null: not a number, or out of the type's range.</summary>
    public static DBusValue? TryParse(ReadOnlySpan<char> token, char type)
    {
        if (type == 'd')
            return token switch
            {
                "inf" or "+inf" => DBusValue.Double(double.PositiveInfinity),
                "-inf" => DBusValue.Double(double.NegativeInfinity),
                "nan" => DBusValue.Double(double.NaN),
                _ => double.TryParse(token, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double real)
                    ? DBusValue.Double(real) : null,
            };
        if (!TryInteger(token, out Int128 number))
            return null;
        return type switch
        {
            'y' when number >= byte.MinValue && number <= byte.MaxValue => DBusValue.Byte((byte)number),
            'n' when number >= short.MinValue && number <= short.MaxValue => DBusValue.Int16((short)number),
            'q' when number >= ushort.MinValue && number <= ushort.MaxValue => DBusValue.UInt16((ushort)number),
            'i' when number >= int.MinValue && number <= int.MaxValue => DBusValue.Int32((int)number),
            'u' when number >= uint.MinValue && number <= uint.MaxValue => DBusValue.UInt32((uint)number),
            'x' when number >= long.MinValue && number <= long.MaxValue => DBusValue.Int64((long)number),
            't' when number >= ulong.MinValue && number <= ulong.MaxValue => DBusValue.UInt64((ulong)number),
            _ => null,
        };
    }

    private static bool TryInteger(ReadOnlySpan<char> token, out Int128 number)
    {
        bool isNegative = token.StartsWith("-", StringComparison.Ordinal);
        ReadOnlySpan<char> digits = token is ['-' or '+', ..] ? token[1..] : token;
        uint radix = digits is ['0', 'x' or 'X', ..] ? 16u : digits is ['0', _, ..] ? 8u : 10u;
        digits = radix == 16 ? digits[2..] : digits;
        number = 0;
        foreach (char digit in digits)
        {
            if (!char.IsAsciiHexDigit(digit) || Convert.ToUInt32(digit.ToString(), 16) is var value && value >= radix || number > ulong.MaxValue)
                return false;
            number = number * radix + value;
        }
        number = isNegative ? -number : number;
        return digits.Length > 0;
    }
}
