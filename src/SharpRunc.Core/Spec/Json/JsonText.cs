using System;
using System.Buffers;
using System.Globalization;
using System.Text;

namespace SharpRunc.Core.Spec.Json;

/// <summary>
/// Writes JSON (RFC 8259), on one line or indented by two spaces. Utf8JsonWriter does more, but its encoders' tables add 0.2 ms to each
/// cold start that writes a string.
/// </summary>
/// <param name="exact">
/// For documents that the runtime itself reads: a byte that is not UTF-8 is written as half of a surrogate pair, so that it survives. For
/// other readers it becomes U+FFFD.
/// </param>
internal sealed class JsonText(bool indented = false, bool exact = false)
{
    private byte[] buffer = new byte[1024];
    private int length;
    private int depth;
    private bool separate;
    private bool afterName;

    public ReadOnlyMemory<byte> Written => buffer.AsMemory(0, length);

    public void StartObject() => Open((byte)'{');

    public void EndObject() => Close((byte)'}');

    public void StartArray() => Open((byte)'[');

    public void EndArray() => Close((byte)']');

    public void Name(string name)
    {
        Separate();
        Quote(name);
        Add((byte)':');
        if (indented)
            Add((byte)' ');
        afterName = true;
    }

    /// <summary>null is written as the literal null.</summary>
    public void Value(string? text)
    {
        Separate();
        if (text is null)
            Add("null"u8);
        else
            Quote(text);
        separate = true;
    }

    public void Value(long number) => Literal(number.ToString(CultureInfo.InvariantCulture));

    public void Value(ulong number) => Literal(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A finite number; a value with two decimals is written without an exponent.</summary>
    public void Value(double number) => Literal(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number of thousandths: 1234567 as 1234.567.</summary>
    public void Thousandths(long number)
    {
        Literal((number / 1000).ToString(CultureInfo.InvariantCulture));
        long rest = Math.Abs(number % 1000);
        Add((byte)'.');
        Add((byte)('0' + rest / 100));
        Add((byte)('0' + rest / 10 % 10));
        Add((byte)('0' + rest % 10));
    }

    public void Value(bool truth) => Literal(truth ? "true" : "false");

    public void Member(string name, string? value)
    {
        Name(name);
        Value(value);
    }

    public void Member(string name, ulong value)
    {
        Name(name);
        Value(value);
    }

    public void Member(string name, long value)
    {
        Name(name);
        Value(value);
    }

    private void Literal(string text)
    {
        Separate();
        foreach (char c in text)
            Add((byte)c);
        separate = true;
    }

    private void Open(byte bracket)
    {
        Separate();
        Add(bracket);
        depth++;
        separate = false;
    }

    private void Close(byte bracket)
    {
        depth--;
        if (separate)
            Break();
        Add(bracket);
        separate = true;
    }

    private void Separate()
    {
        if (afterName)
        {
            afterName = false;
            return;
        }
        if (separate)
            Add((byte)',');
        if (depth > 0)
            Break();
    }

    private void Break()
    {
        if (!indented)
            return;
        Add((byte)'\n');
        for (int i = 0; i < depth; i++)
            Add("  "u8);
    }

    /// <summary>
    /// RFC 8259, section 7: escapes quotation mark, reverse solidus and control characters, and also the characters that a terminal would
    /// interpret.
    /// </summary>
    private void Quote(string text)
    {
        Add((byte)'"');
        Reserve(6 * text.Length); // the longest form of one character
        for (int i = 0, consumed; i < text.Length; i += consumed)
        {
            bool isHalf = Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out consumed) != OperationStatus.Done;
            if (rune.Value is '"' or '\\')
            {
                Add((byte)'\\');
                Add((byte)rune.Value);
            }
            else if (isHalf && exact)
                Escape(text[i]);
            else if (TerminalText.IsControl(rune.Value))
                Escape(rune.Value);
            else
                length += rune.EncodeToUtf8(buffer.AsSpan(length));
        }
        Add((byte)'"');
    }

    private void Escape(int character)
    {
        Add((byte)'\\');
        int letter = character < ' ' ? "\b\t\n\f\r"u8.IndexOf((byte)character) : -1;
        if (letter >= 0)
        {
            Add("btnfr"u8[letter]);
            return;
        }
        Add((byte)'u');
        for (int shift = 12; shift >= 0; shift -= 4)
            Add("0123456789abcdef"u8[character >> shift & 15]);
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }

    private void Add(byte one)
    {
        Reserve(1);
        buffer[length++] = one;
    }

    private void Reserve(int more)
    {
        if (buffer.Length - length < more)
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + more));
    }
}
