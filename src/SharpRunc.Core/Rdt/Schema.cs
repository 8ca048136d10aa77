using System;
using System.Globalization;

namespace SharpRunc.Core.Rdt;

/// <summary>A line of resctrl's file schemata: <c>L3:0=7f0;1=1f</c>, <c>MB:0=20;1=70</c>.</summary>
internal static class Schema
{
    /// <summary>
    /// Whether writing <paramref name="line"/> to a class whose schemata are <paramref name="present"/> would change nothing: each cache or
    /// socket that it names already has that value.
    /// </summary>
    public static bool IsInEffect(string line, string present)
    {
        (string type, string values) = Split(line);
        string? there = null;
        foreach (string candidate in present.Split('\n'))
            if (Split(candidate) is var (otherType, otherValues) && otherType == type)
                there = otherValues;
        if (there is null)
            return false;
        foreach (string wanted in values.Split(';', StringSplitOptions.RemoveEmptyEntries))
            if (!Array.Exists(there.Split(';'), value => AreEqual(value, wanted, isMask: type != "MB")))
                return false;
        return true;
    }

    /// <summary>
    /// The line of this type in a schemata file, as the kernel formats it but without surrounding blanks; null if there is none.
    /// </summary>
    public static string? Find(string type, string[] schemata) => Array.Find(schemata, line => Split(line).Type == type);

    private static (string Type, string Values) Split(string line)
        => line.IndexOf(':') is >= 0 and int colon ? (line[..colon].Trim(), line[(colon + 1)..]) : (line.Trim(), "");

    /// <summary>A mask is hexadecimal, with any number of leading zeros.</summary>
    private static bool AreEqual(string a, string b, bool isMask)
    {
        int equalsA = a.IndexOf('='), equalsB = b.IndexOf('=');
        return equalsA >= 0 && equalsB >= 0 && a[..equalsA].Trim() == b[..equalsB].Trim()
            && Normalize(a[(equalsA + 1)..], isMask) == Normalize(b[(equalsB + 1)..], isMask);
    }

    private static string Normalize(string value, bool isMask)
    {
        ReadOnlySpan<char> text = value.AsSpan().Trim();
        if (isMask && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            text = text[2..];
        NumberStyles style = isMask ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        bool isNumber = ulong.TryParse(text, style, CultureInfo.InvariantCulture, out ulong number);
        return isNumber ? number.ToString() : text.ToString();
    }
}
