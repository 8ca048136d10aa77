using System.Collections.Generic;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A comparison of a 32-bit word, as in libseccomp's tree: less is "not greater", unequal is "not equal".</summary>
/// <param name="Word">Argument × 2, plus 1 for the high word.</param>
/// <param name="Jump">BPF_JEQ, BPF_JGT, BPF_JGE.</param>
/// <param name="Rank">The rank of the original operator: equality 3, less 2, greater 1.</param>
internal readonly record struct Comparison32(int Word, ushort Jump, bool Masked, uint Mask, uint Value, int Rank)
{
    /// <summary>Adds the comparisons for one condition: high words first; for an ordering, a test for their equality in between.</summary>
    public static void Add(List<Comparison32> to, Condition condition, bool is64)
    {
        int word = condition.Argument * 2;
        bool masked = condition.Op == Comparison.MaskedEqual;
        uint mask = (uint)condition.Mask, highMask = (uint)(condition.Mask >> 32);
        uint value = (uint)condition.Value, highValue = (uint)(condition.Value >> 32);
        int rank = condition.Op switch { <= Comparison.MaskedEqual => 3, <= Comparison.LessOrEqual => 2, _ => 1 };
        ushort low = condition.Op switch
        {
            <= Comparison.MaskedEqual => BPF_JEQ,
            Comparison.Less or Comparison.GreaterOrEqual => BPF_JGE,
            _ => BPF_JGT,
        };
        if (is64 && low != BPF_JEQ)
            to.Add(new(word + 1, BPF_JGT, masked, highMask, highValue, rank));
        if (is64)
            to.Add(new(word + 1, BPF_JEQ, masked, highMask, highValue, rank));
        to.Add(new(word, low, masked, mask, value, rank));
    }

    /// <summary>Whether both test the data the same way; the original operator does not matter.</summary>
    public bool IsSame(Comparison32 other)
        => Word == other.Word && Jump == other.Jump && Masked == other.Masked && Mask == other.Mask && Value == other.Value;

    /// <summary>Higher argument first, then kind of operator, then the larger value (for less: the smaller).</summary>
    public bool RanksAbove(Comparison32 other)
    {
        if (Word != other.Word)
            return Word > other.Word;
        if (Rank != other.Rank)
            return Rank > other.Rank;
        return Rank == 2 ? Value < other.Value : Value > other.Value;
    }
}
