using System;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// Values in text form (https://docs.gtk.org/glib/gvariant-text-format.html): the input of GLib's g_variant_parse, plus the byte string
/// escapes of Go's godbus. D-Bus has neither Maybe types nor empty tuples.
/// </summary>
internal static class GVariantText
{
    /// <summary>In characters.</summary>
    public const int MaxLength = 65536;

    /// <exception cref="FormatException">Names the character, counted from 1, and what is expected there.</exception>
    public static DBusValue Parse(string text)
    {
        if (text.Length > MaxLength)
            throw Error(MaxLength, $"a text of {text.Length} characters: it may have {MaxLength}");
        return new GVariantParser(text).Parse().Build();
    }

    /// <param name="position">Counted from 0.</param>
    public static FormatException Error(int position, string what) => new($"character {position + 1}: {what}");
}
