using System;

namespace SharpRunc.Core.Seccomp;

/// <summary>Conditions that must all hold, by ascending argument, each argument once; then the action.</summary>
internal sealed record Chain(Condition[] Conditions, uint Action)
{
    /// <summary>This chain's conditions are the first ones of the other.</summary>
    public bool IsPrefixOf(Chain other) => other.Conditions.AsSpan().StartsWith(Conditions);

    public int CompareTo(Chain other)
    {
        for (int i = 0; i < Conditions.Length && i < other.Conditions.Length; i++)
            if (Conditions[i].CompareTo(other.Conditions[i]) is var order and not 0)
                return order;
        return 0;
    }
}
