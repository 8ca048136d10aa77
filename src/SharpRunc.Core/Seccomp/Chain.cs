using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Seccomp;

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
