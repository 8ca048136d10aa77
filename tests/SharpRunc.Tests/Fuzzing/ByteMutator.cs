using System;
using System.Collections.Generic;
using System.Text;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Fuzzing;

/// <summary>Bytes that are almost what a reader expects: of a corpus, with one to five edits.</summary>
internal sealed class ByteMutator(IReadOnlyList<byte[]> corpus)
{
    private const int Longest = 64 * 1024;

    /// <summary>Where formats end, begin, or count.</summary>
    private static readonly string[] Spices =
    [
        "\0", "\n", "\r", "\u0085", ":", ",", " ", "-", " - ", "=", "\\", "\\040", "\\777", "/", "..", "max", "-1", "0", "4294967295",
            "4294967296", "18446744073709551616", "0-2147483647", "%d", "é", "\u00ff\u00fe",
        "\u0000\u0000\u0000\u0000", "\u00ff\u00ff\u00ff\u00ff", "\u00ff\u00ff\u00ff\u007f", "--", "--help", "-x=", "{", "}", "[", "]", "\"",
            "\\u0000", "\\ud800", "null",
    ];

    public byte[] Mutant(Dice dice)
    {
        List<byte> bytes = [.. dice.Of([.. corpus])];
        for (int edits = 1 + dice.Below(5); edits > 0; edits--)
            Edit(dice, bytes);
        return bytes.Count > Longest ? [.. bytes[..Longest]] : [.. bytes];
    }

    private void Edit(Dice dice, List<byte> bytes)
    {
        int at = dice.Below(bytes.Count + 1), length = Math.Min(1 + dice.Below(dice.Once(4) ? 400 : 8), bytes.Count - at);
        switch (dice.Below(9))
        {
            case 0 when at < bytes.Count: bytes[at] = (byte)dice.Below(256); break;
            case 1 when at < bytes.Count: bytes[at] ^= (byte)(1 << dice.Below(8)); break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.InsertRange(dice.Below(bytes.Count + 1), bytes.GetRange(at, length)); break;
            case 4 when dice.Once(2): bytes.RemoveRange(at, bytes.Count - at); break;
            case 5: Put(bytes, at, BitConverter.GetBytes((int)dice.Number())); break;
            case 6:
                byte[] other = dice.Of([.. corpus]);
                int from = dice.Below(other.Length + 1);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + dice.Below(200))]);
                break;
            case 7: bytes.InsertRange(at, Encoding.ASCII.GetBytes(dice.Number().ToString())); break;
            default: bytes.InsertRange(at, Encoding.Latin1.GetBytes(dice.Of(Spices))); break;
        }
    }

    /// <summary>In the place of what was there.</summary>
    private static void Put(List<byte> bytes, int at, byte[] value)
    {
        for (int i = 0; i < value.Length && at + i < bytes.Count; i++)
            bytes[at + i] = value[i];
    }
}
