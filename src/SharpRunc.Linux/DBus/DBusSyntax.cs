using System;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>What is a signature, an object path, a text (D-Bus specification, Type System and Marshaling).</summary>
internal static class DBusSyntax
{
    /// <summary>Arrays in each other, and structs in each other.</summary>
    private const int MaxDepth = 32;
    private const int MaxSignature = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="FormatException">The text cannot be sent.</exception>
    public static string Text(string text)
    {
        if (text.Contains('\0'))
            throw new FormatException("text with a NUL");
        try
        {
            _ = Strict.GetByteCount(text);
            return text;
        }
        catch (EncoderFallbackException e)
        {
            throw new FormatException("text that is no Unicode", e);
        }
    }

    /// <exception cref="FormatException">Not UTF-8, or it holds a NUL.</exception>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return bytes.Contains((byte)0) ? throw new FormatException("text with a NUL") : Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("text that is no UTF-8", e);
        }
    }

    /// <summary>/ or /a/b_1: letters, digits and _ between single slashes.</summary>
    public static string ObjectPath(string path)
    {
        bool valid = path.StartsWith('/') && (path.Length == 1 || !path.EndsWith('/')) && !path.Contains("//", StringComparison.Ordinal);
        foreach (char c in path)
            valid &= char.IsAsciiLetterOrDigit(c) || c is '_' or '/';
        return valid ? path : throw new FormatException($"{path} is not an object path");
    }

    /// <summary>Any number of complete types.</summary>
    public static string Signature(string signature)
    {
        if (signature.Length > MaxSignature)
            throw new FormatException("a signature of more than 255 types");
        for (int at = 0; at < signature.Length;)
            at += Length(signature.AsSpan(at));
        return signature;
    }

    /// <summary>Of the complete type that a signature begins with.</summary>
    /// <exception cref="FormatException">It does not begin with one.</exception>
    public static int Length(ReadOnlySpan<char> signature) => Length(signature, 0, 0);

    private static int Length(ReadOnlySpan<char> signature, int arrays, int structs)
    {
        if (signature.IsEmpty || arrays > MaxDepth || structs > MaxDepth)
            throw new FormatException(signature.IsEmpty ? "a signature that ends too soon" : "a signature that is too deep");
        switch (signature[0])
        {
            case 'a' when signature.Length > 1 && signature[1] == '{':
                return 1 + EntryLength(signature[1..], arrays + 1, structs + 1);
            case 'a':
                return 1 + Length(signature[1..], arrays + 1, structs);
            case '(':
                int length = 1;
                while (length < signature.Length && signature[length] != ')')
                    length += Length(signature[length..], arrays, structs + 1);
                return length < signature.Length && length > 1 ? length + 1 : throw new FormatException("a struct without fields or end");
            default:
                return IsBasic(signature[0]) || signature[0] == 'v' ? 1 : throw new FormatException($"a signature with {signature[0]}");
        }
    }

    private static int EntryLength(ReadOnlySpan<char> signature, int arrays, int structs)
    {
        if (signature.Length < 4 || !IsBasic(signature[1]))
            throw new FormatException("a dictionary without a basic key");
        int length = 2 + Length(signature[2..], arrays, structs);
        return length < signature.Length && signature[length] == '}' ? length + 1 : throw new FormatException("a dictionary entry that does not end");
    }

    public static bool IsBasic(char type) => "ybnqiuxtdsogh".Contains(type);

    /// <summary>Bytes that a value's place is a multiple of.</summary>
    public static int Alignment(char type) => type switch
    {
        'y' or 'g' or 'v' => 1,
        'n' or 'q' => 2,
        'x' or 't' or 'd' or '(' or '{' => 8,
        _ => 4,
    };

    public static string Join(ReadOnlySpan<DBusValue> values)
    {
        StringBuilder joined = new();
        foreach (DBusValue value in values)
            joined.Append(value.Signature);
        return joined.ToString();
    }
}
