using System;
using System.Globalization;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>Strings in single or double quotes, with C's escapes.</summary>
internal static class GVariantString
{
    /// <param name="at">In: the opening quote. Out: the position after the closing one.</param>
    public static string Parse(string text, ref int at)
    {
        StringBuilder value = new();
        char quote = text[at];
        for (int start = at++; ; at++)
        {
            char c = Next(text, at, start);
            if (c == quote)
                break;
            if (c != '\\')
            {
                value.Append(c);
                continue;
            }
            at++;
            char escaped = Next(text, at, start);
            switch (escaped)
            {
                case 'u': value.Append(Character(text, ref at, 4)); break;
                case 'U': value.Append(Character(text, ref at, 8)); break;
                case '\n': break;
                default: value.Append(Control(escaped)); break;
            }
        }
        at++;
        return value.ToString();
    }

    /// <summary>The string after a b, each byte as a character: UTF-8, octal \001 and godbus's \x01, with a final NUL.</summary>
    public static string ParseBytes(string text, ref int at)
    {
        StringBuilder value = new();
        char quote = text[at];
        for (int start = at++; ; at++)
        {
            char c = Next(text, at, start);
            if (c == quote)
                break;
            if (c == '\\')
                Escaped(text, ref at, start, value);
            else if (char.IsAscii(c))
                value.Append(c);
            else
                at += Raw(text, at, value) - 1;
        }
        at++;
        return value.Append('\0').ToString();
    }

    private static void Escaped(string text, ref int at, int start, StringBuilder value)
    {
        at++;
        char c = Next(text, at, start);
        // godbus writes three digits after \0, GLib two.
        int octal = Digits(text, at, 8, c == '0' ? 4 : 3);
        int hexadecimal = c == 'x' ? Digits(text, at + 1, 16, 2) : 0;
        if (c == '\n')
            return;
        if (octal > 0)
        {
            value.Append((char)(Number(text.AsSpan(at, octal), 8) & 0xFF));
            at += octal - 1;
        }
        else if (hexadecimal == 2)
        {
            value.Append((char)Number(text.AsSpan(at + 1, 2), 16));
            at += 2;
        }
        else if (char.IsAscii(c))
            value.Append(Control(c));
        else
            at += Raw(text, at, value) - 1;
    }

    /// <summary>Appends the bytes of a non-ASCII character; returns how many characters of the text it took.</summary>
    private static int Raw(string text, int at, StringBuilder value)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            throw GVariantText.Error(at, "expected a character, and here is half a surrogate pair");
        foreach (byte each in bytes[..rune.EncodeToUtf8(bytes)])
            value.Append((char)each);
        return length;
    }

    /// <summary>The number of digits, up to a limit.</summary>
    private static int Digits(string text, int at, uint radix, int most)
    {
        int count = 0;
        while (count < most && at + count < text.Length && IsDigit(text[at + count], radix))
            count++;
        return count;
    }

    private static bool IsDigit(char c, uint radix) => radix == 16 ? char.IsAsciiHexDigit(c) : c is >= '0' and <= '7';

    private static int Number(ReadOnlySpan<char> digits, int radix)
    {
        int value = 0;
        foreach (char c in digits)
            value = value * radix + (char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
        return value;
    }

    /// <summary>The meaning of \n and the like; any other character stands for itself.</summary>
    private static char Control(char c) => c switch
    {
        'a' => '\a',
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\v',
        _ => c,
    };

    private static string Character(string text, ref int at, int digits)
    {
        // Of fewer digits nothing is read, and 0 is refused, too.
        int code = 0;
        if (Digits(text, at + 1, 16, digits) == digits)
            code = int.Parse(text.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (code == 0 || !Rune.IsValid(code))
            throw GVariantText.Error(at, $"expected {digits} hexadecimal digits that are a Unicode character");
        at += digits;
        return new Rune(code).ToString();
    }

    private static char Next(string text, int at, int start)
        => at < text.Length ? text[at] : throw GVariantText.Error(start, "expected a closing quote behind this one");
}

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
