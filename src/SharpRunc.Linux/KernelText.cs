using System;
using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace SharpRunc.Linux;

/// <summary>
/// Converts the byte strings of the kernel, images, argv and the environment to strings. Valid UTF-8 is decoded; any other byte becomes the
/// lone surrogate U+DC80…U+DCFF and is encoded as that byte again, so every name survives the round trip (Python's surrogateescape). JSON
/// cannot introduce such a character: a config with half of a surrogate pair is refused.
/// </summary>
internal static class KernelText
{
    private const char FirstEscape = '\uDC80', LastEscape = '\uDCFF';
    private const int EscapeBase = 0xDC00;

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);
        char[] text = new char[bytes.Length]; // no sequence has more characters than bytes
        int length = 0;
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == OperationStatus.Done;
            if (valid)
                length += rune.EncodeToUtf16(text.AsSpan(length));
            else
                text[length++] = (char)(EscapeBase + bytes[0]);
            bytes = bytes[(valid ? consumed : 1)..];
        }
        return new string(text, 0, length);
    }

    public static byte[] Encode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Length(text)];
        Encode(text, bytes);
        return bytes;
    }

    /// <summary>The number of bytes that <see cref="Encode(ReadOnlySpan{char})"/> produces.</summary>
    public static int Length(ReadOnlySpan<char> text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        if (IsPlain(text))
            return length;
        for (int i = 0; i < text.Length; i++)
            if (IsEscape(text, i))
                length -= 2; // three were counted for U+FFFD
        return length;
    }

    /// <summary>Encodes into a buffer with sufficient room; returns the number of bytes written.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> into)
    {
        if (IsPlain(text))
            return Encoding.UTF8.GetBytes(text, into);
        int length = 0, from = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!IsEscape(text, i))
                continue;
            length += Encoding.UTF8.GetBytes(text[from..i], into[length..]);
            into[length++] = (byte)(text[i] - EscapeBase);
            from = i + 1;
        }
        return length + Encoding.UTF8.GetBytes(text[from..], into[length..]);
    }

    /// <summary>Whether the character at an index stands for a byte: it is in the range, and not the second half of a pair.</summary>
    public static bool IsEscape(ReadOnlySpan<char> text, int index)
        => text[index] is >= FirstEscape and <= LastEscape && (index == 0 || !char.IsHighSurrogate(text[index - 1]));

    private static bool IsPlain(ReadOnlySpan<char> text) => !text.ContainsAnyInRange(FirstEscape, LastEscape);
}
