using System;
using System.Globalization;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>Quoted text of GVariant text, in single or double quotes, with the escapes of C, \uXXXX and \UXXXXXXXX.</summary>
internal static class GVariantQuote
{
    private const string Letters = "abfnrtv", Meanings = "\a\b\f\n\r\t\v";

    /// <param name="at">The opening quote's place; moved behind the closing one.</param>
    public static string Read(ReadOnlySpan<char> text, ref int at)
    {
        int start = at;
        char quote = text[at++];
        StringBuilder content = new();
        while (at < text.Length && text[at] != quote)
        {
            char c = text[at++];
            if (c != '\\')
                content.Append(c);
            else if (at < text.Length)
                Escape(text, ref at, content);
        }
        if (at >= text.Length)
            throw new FormatException($"at character {start + 1}: text whose quote is not closed");
        at++;
        return content.ToString();
    }

    private static void Escape(ReadOnlySpan<char> text, ref int at, StringBuilder content)
    {
        char c = text[at++];
        int digits = c switch { 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0)
        {
            content.Append(Letters.IndexOf(c) is >= 0 and var letter ? Meanings[letter] : c);
            return;
        }
        if (at + digits > text.Length || !uint.TryParse(text.Slice(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint point) || !Rune.IsValid(point))
            throw new FormatException($"at character {at + 1}: expected {digits} hexadecimal digits of a character");
        content.Append(new Rune(point).ToString());
        at += digits;
    }
}
