using System;
using System.Globalization;

namespace SharpRunc.Core.Spec;

/// <summary>
/// A list of CPUs or memory nodes as the kernel parses it (lib/bitmap-str.c, bitmap_parselist): numbers and ranges separated by commas or
/// spaces, which may be repeated; <c>0-9:1/2</c> selects one of every two; N is the last existing number, and <c>all</c> selects all of
/// them.
/// </summary>
internal static class NumberList
{
    private readonly record struct Region(int First, int Last, int Used, int Group);

    /// <summary>Whether the kernel can parse it; which of the numbers exist, and what N is, depends on the machine.</summary>
    /// <param name="limit">All numbers are below it.</param>
    public static bool IsList(ReadOnlySpan<char> list, int limit)
    {
        foreach (Range part in list.SplitAny(',', ' '))
            if (!list[part].IsEmpty && !TryRegion(list[part], limit, out _))
                return false;
        return true;
    }

    /// <summary>The mask for the kernel's calls: one bit per number, in whole longs.</summary>
    /// <returns>null if this is no list, if it has no number, or if only the kernel knows the last one.</returns>
    public static byte[]? TryParse(ReadOnlySpan<char> list, int limit)
    {
        byte[] mask = [];
        foreach (Range part in list.SplitAny(',', ' '))
        {
            ReadOnlySpan<char> text = list[part];
            if (text.IsEmpty)
                continue;
            if (text.ContainsAny('N', 'a', 'A') || !TryRegion(text, limit, out Region region))
                return null;
            Array.Resize(ref mask, Math.Max(mask.Length, (region.Last / 64 + 1) * 8));
            for (int number = region.First; number <= region.Last; number++)
                if ((number - region.First) % region.Group < region.Used)
                    mask[number / 8] |= (byte)(1 << number % 8);
        }
        return mask.AsSpan().ContainsAnyExcept((byte)0) ? mask : null;
    }

    private static bool TryRegion(ReadOnlySpan<char> text, int limit, out Region region)
    {
        region = default;
        int colon = text.IndexOf(':');
        ReadOnlySpan<char> range = colon < 0 ? text : text[..colon];
        ReadOnlySpan<char> pattern = colon < 0 ? "1/1" : text[(colon + 1)..];
        if (!TryRange(range, limit, out int first, out int last))
            return false;
        int slash = pattern.IndexOf('/');
        if (slash < 0 || !TryNumber(pattern[..slash], limit, out int used) || !TryNumber(pattern[(slash + 1)..], limit, out int group))
            return false;
        if (group == 0 || used > group)
            return false;
        region = new Region(first, last, used, group);
        return true;
    }

    /// <summary>all, one number, or the first and the last.</summary>
    private static bool TryRange(ReadOnlySpan<char> text, int limit, out int first, out int last)
    {
        (first, last) = (0, limit - 1);
        if (text.Equals("all", StringComparison.OrdinalIgnoreCase))
            return true;
        int dash = text.IndexOf('-');
        ReadOnlySpan<char> from = dash < 0 ? text : text[..dash];
        return TryNumber(from, limit, out first) && TryNumber(text[(dash + 1)..], limit, out last) && first <= last;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, int limit, out int number)
    {
        number = limit - 1;
        return text is "N" || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < limit;
    }
}
