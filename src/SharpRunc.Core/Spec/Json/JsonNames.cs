using System;

namespace SharpRunc.Core.Spec.Json;

/// <summary>Compares property names as Go's encoding/json does when no name matches exactly.</summary>
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

    private static byte Lower(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}
