using System;

namespace SharpRunc.Core.Spec.Json;

/// <summary>Compares property names that are not the same: as Go's encoding/json does, and by how much they differ.</summary>
internal static class JsonNames
{
    /// <summary>
    /// Unicode simple case folding. Besides case, it equates two characters with ASCII letters: K (U+212A, the kelvin sign) with k, and ſ
    /// (U+017F) with s.
    /// </summary>
    /// <param name="name">The name in the document.</param>
    /// <param name="known">ASCII.</param>
    /// <returns>False if the names are identical.</returns>
    public static bool DifferInCaseOnly(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known)
    {
        if (name.SequenceEqual(known))
            return false;
        int at = 0;
        foreach (byte letter in known)
        {
            ReadOnlySpan<byte> rest = name[at..];
            (byte folded, int length) = rest.IsEmpty ? ((byte)0, 0)
                : rest.StartsWith("\u212A"u8) ? ((byte)'k', 3)
                : rest.StartsWith("\u017F"u8) ? ((byte)'s', 2)
                : (Lower(rest[0]), 1);
            if (length == 0 || folded != Lower(letter))
                return false;
            at += length;
        }
        return at == name.Length;
    }

    /// <summary>How many letters must be added, removed or changed to make one name of the other, regardless of case.</summary>
    public static int Changes(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known)
    {
        if (name.Length > 2 * known.Length)
            return name.Length;
        int[] row = new int[known.Length + 1];
        for (int j = 0; j < row.Length; j++)
            row[j] = j;
        for (int i = 1; i <= name.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.Length; j++)
            {
                int changed = diagonal + (Lower(name[i - 1]) == Lower(known[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }

    private static byte Lower(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}
