using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>
/// Makes untrusted text (names, annotations, output of hooks) safe to print on a terminal: nothing in it moves the cursor, answers for the
/// user, or shows characters in another order than stored (CVE-2021-42574).
/// </summary>
internal static class TerminalText
{
    /// <summary>
    /// The control characters of ASCII and of ISO 6429 (U+009B begins a sequence as ESC [ does), the line and paragraph separators, and the
    /// bidirectional controls.
    /// </summary>
    public static bool IsControl(int character)
        => character is < ' ' or >= 0x7F and <= 0x9F or 0x061C or 0x200E or 0x200F or >= 0x2028 and <= 0x202E or >= 0x2066 and <= 0x2069;

    /// <summary>Keeps newlines and tabs; controls and bytes that are not UTF-8 are written as Go's %q writes them.</summary>
    public static string Escape(string text) => Escape(text, layout: "\n\t");

    /// <summary>As <see cref="Escape(string)"/>, on one line.</summary>
    public static string EscapeCell(string text) => Escape(text, layout: "");

    private static string Escape(string text, string layout)
    {
        int first = 0;
        while (first < text.Length && (layout.Contains(text[first]) || !IsControl(text[first]) && !KernelText.IsEscape(text, first)))
            first++;
        if (first == text.Length)
            return text;
        StringBuilder escaped = new(text, 0, first, text.Length + 16);
        for (int i = first; i < text.Length; i++)
            if (layout.Contains(text[i]))
                escaped.Append(text[i]);
            else
                Append(escaped, text, i);
        return escaped.ToString();
    }

    /// <summary>Appends one character, or its escape.</summary>
    public static void Append(StringBuilder escaped, string text, int index)
    {
        int character = text[index];
        if (KernelText.IsEscape(text, index))
            escaped.Append("\\x").Append((character & 0xFF).ToString("x2"));
        else if (!IsControl(character))
            escaped.Append(text[index]);
        else if (character <= 0x7F)
            escaped.Append("\\x").Append(character.ToString("x2"));
        else
            escaped.Append("\\u").Append(character.ToString("x4"));
    }
}
