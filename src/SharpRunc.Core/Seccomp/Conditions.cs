using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The operators of config-linux.md#seccomp, by kind.</summary>
internal enum Comparison : byte { Equal, NotEqual, MaskedEqual, Less, LessOrEqual, Greater, GreaterOrEqual }

/// <summary>A test of one argument.</summary>
/// <param name="Mask">All bits, except for MaskedEqual, whose <paramref name="Value"/> lies within it.</param>
internal readonly record struct Condition(int Argument, Comparison Op, ulong Mask, ulong Value)
{
    /// <exception cref="ContainerException">Invalid index or operator; includes its pointer.</exception>
    public static Condition From(SeccompArg arg, int rule, int position)
    {
        if (arg.Index > 5)
            throw Invalid($"seccomp: a system call has no argument {arg.Index}", rule, position, "index");
        Comparison op = arg.Op switch
        {
            "SCMP_CMP_EQ" => Comparison.Equal,
            "SCMP_CMP_NE" => Comparison.NotEqual,
            "SCMP_CMP_MASKED_EQ" => Comparison.MaskedEqual,
            "SCMP_CMP_LT" => Comparison.Less,
            "SCMP_CMP_LE" => Comparison.LessOrEqual,
            "SCMP_CMP_GT" => Comparison.Greater,
            "SCMP_CMP_GE" => Comparison.GreaterOrEqual,
            _ => throw Invalid($"seccomp: unknown operator \"{arg.Op}\"", rule, position, "op"),
        };
        if (op == Comparison.MaskedEqual)
            return new((int)arg.Index, op, arg.Value, arg.ValueTwo & arg.Value);
        return new((int)arg.Index, op, ulong.MaxValue, arg.Value);
    }

    /// <summary>Reduced to the low words, for a 32-bit architecture.</summary>
    public Condition Low => this with { Mask = (uint)Mask, Value = (uint)Value };

    private static ContainerException Invalid(string message, int rule, int position, string property)
        => new(ErrorCode.SeccompProfile, message) { Pointer = $"/linux/seccomp/syscalls/{rule}/args/{position}/{property}" };
}

/// <summary>Conditions that must all hold, sorted by argument, each argument once; then the action.</summary>
internal sealed class Chain
{
    /// <summary>The comparisons of single words that libseccomp derives from the conditions: its precedence is an order of these.</summary>
    private readonly List<Comparison32> comparisons = [];

    public Condition[] Conditions { get; }

    /// <summary>SECCOMP_RET_….</summary>
    public uint Action { get; }

    /// <summary>Index in linux.seccomp.syscalls of the rule that it comes from.</summary>
    public int Rule { get; }

    public Chain(Condition[] conditions, uint action, int rule, bool is64)
    {
        Conditions = conditions;
        Action = action;
        Rule = rule;
        foreach (Condition condition in conditions)
            Comparison32.Add(comparisons, condition, is64);
    }

    /// <summary>Whether this chain's conditions are the first ones of the other chain.</summary>
    public bool IsPrefixOf(Chain other) => other.Conditions.AsSpan().StartsWith(Conditions);

    public bool SameAs(Chain other) => Action == other.Action && Conditions.AsSpan().SequenceEqual(other.Conditions);

    /// <summary>
    /// Where this chain belongs among others: next to those that begin with the same comparisons, or else, level by level, before the first
    /// one whose comparison ranks lower.
    /// </summary>
    public int PlaceIn(List<Chain> chains)
    {
        int from = 0, to = chains.Count;
        for (int level = 0; level < comparisons.Count; level++)
        {
            Comparison32 own = comparisons[level];
            int at = from;
            while (at < to && !chains[at].Has(own, level) && !chains[at].RanksBelow(own, level))
                at = chains[at].EndOfLevel(chains, at, to, level);
            if (at == to || !chains[at].Has(own, level))
                return at;
            // The chain that made a comparison first determines its rank.
            comparisons[level] = chains[at].comparisons[level];
            from = at;
            to = chains[at].EndOfLevel(chains, at, to, level);
        }
        return to;
    }

    /// <summary>The end of the chains after this one that share its comparison.</summary>
    private int EndOfLevel(List<Chain> chains, int at, int to, int level)
    {
        at++;
        while (at < to && level < comparisons.Count && chains[at].Has(comparisons[level], level))
            at++;
        return at;
    }

    private bool Has(Comparison32 comparison, int level) => level < comparisons.Count && comparisons[level].IsSame(comparison);

    private bool RanksBelow(Comparison32 comparison, int level) => level < comparisons.Count && comparison.RanksAbove(comparisons[level]);
}

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
