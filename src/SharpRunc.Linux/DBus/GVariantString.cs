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
