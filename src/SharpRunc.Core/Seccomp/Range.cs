namespace SharpRunc.Core.Seccomp;

/// <summary>Numbers from <paramref name="First"/> to the next range's, for which the same is decided.</summary>
/// <param name="Action">When <paramref name="Rules"/> is null.</param>
/// <param name="Rules">With conditions, for arguments of <paramref name="Architecture"/>.</param>
/// <param name="Weight">How often the search will end here, relative to other ranges.</param>
internal readonly record struct Range(uint First, uint Action, SyscallRules? Rules, Architecture? Architecture, int Weight)
{
    public bool SameAs(Range other)
        => Rules == null || other.Rules == null ? Rules == other.Rules && Action == other.Action : Architecture == other.Architecture && Rules.SameAs(other.Rules);
}
