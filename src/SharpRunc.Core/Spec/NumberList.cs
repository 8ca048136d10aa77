using System;
using System.Globalization;

namespace SharpRunc.Core.Spec;

/// <summary>A list of processors or memory nodes as the kernel writes it, 0-3,7, and the mask that its calls take.</summary>
internal static class NumberList
{
    /// <summary>One bit a number, in whole longs, as the kernel reads them; null: not a list, or a number that is not below <paramref name="limit"/>.</summary>
    public static byte[]? TryParse(ReadOnlySpan<char> list, int limit)
    {
        byte[] mask = [];
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> range = list[part].Trim(' ');
            int dash = range.IndexOf('-');
            if (!TryNumber(dash < 0 ? range : range[..dash], limit, out int first) || !TryNumber(range[(dash + 1)..], limit, out int last) || last < first)
                return null;
            Array.Resize(ref mask, Math.Max(mask.Length, (last / 64 + 1) * 8));
            for (int number = first; number <= last; number++)
                mask[number / 8] |= (byte)(1 << number % 8);
        }
        return mask;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, int limit, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < limit;
}
