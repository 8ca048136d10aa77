using System;
using System.Globalization;

namespace SharpRunc.Core.Explaining;

/// <summary>The first two numbers of a kernel release, which is all that profiles use.</summary>
internal readonly record struct KernelVersion(int Major, int Minor) : IComparable<KernelVersion>
{
    /// <summary>Null if it does not begin with two numbers separated by a dot.</summary>
    /// <param name="text"><c>4.8</c>, or uname(2)'s <c>6.1.0-13-amd64</c>.</param>
    public static KernelVersion? Parse(string text)
    {
        string[] parts = text.Split('.');
        if (parts.Length < 2)
            return null;
        int? major = Leading(parts[0], parts[0].Length), minor = Leading(parts[1], Digits(parts[1]));
        return major is null || minor is null ? null : new(major.Value, minor.Value);
    }

    public int CompareTo(KernelVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    private static int? Leading(string text, int length)
        => int.TryParse(text.AsSpan(0, length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static int Digits(string text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        return digits;
    }
}
