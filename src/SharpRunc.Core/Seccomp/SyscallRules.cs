using System.Collections.Generic;

namespace SharpRunc.Core.Seccomp;

/// <summary>
/// The decision for one system call of one architecture: always the same, or that of the first chain whose conditions hold, or else the
/// default. Rules are merged with libseccomp's precedence, which profiles rely on.
/// </summary>
internal sealed class SyscallRules
{
    private static readonly List<Chain> None = [];

    private List<Chain>? chains;

    public SyscallRules()
    {
    }

    /// <summary>Final: no rule changes it afterwards, so that all calls of a rule can share it.</summary>
    public SyscallRules(uint always, int rule)
    {
        Always = always;
        AlwaysRule = rule;
    }

    /// <summary>The action if it is unconditional; there are no chains then.</summary>
    public uint? Always { get; private set; }

    /// <summary>Index in linux.seccomp.syscalls of the rule that <see cref="Always"/> comes from.</summary>
    public int AlwaysRule { get; private set; }

    /// <summary>In the order in which they are tried.</summary>
    public IReadOnlyList<Chain> Chains => chains ?? None;

    /// <summary>Adds a rule without conditions: the first one wins and replaces rules with conditions.</summary>
    public void Add(uint action, int rule)
    {
        if (Always is not null)
            return;
        Always = action;
        AlwaysRule = rule;
        chains = null;
    }

    /// <summary>Adds a rule with conditions; false if it contradicts an existing one.</summary>
    public bool Add(Chain chain)
    {
        if (Always is not null)
            return true;
        chains ??= [];
        for (int i = chains.Count - 1; i >= 0; i--)
        {
            Chain known = chains[i];
            bool shorter = known.IsPrefixOf(chain), longer = chain.IsPrefixOf(known);
            if (longer && known.Action != chain.Action)
                return false;
            if (shorter)
                return true;
            if (longer)
                chains.RemoveAt(i);
        }
        chains.Insert(chain.PlaceIn(chains), chain);
        return true;
    }

    /// <summary>Equal rules yield equal code, so neighbours with equal rules form one range.</summary>
    public bool SameAs(SyscallRules other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (Always != other.Always || Chains.Count != other.Chains.Count)
            return false;
        for (int i = 0; i < Chains.Count; i++)
            if (!Chains[i].SameAs(other.Chains[i]))
                return false;
        return true;
    }
}
