namespace SharpRunc.Core.Seccomp;

/// <summary>Numbers from <paramref name="First"/> up to the next range's first, all with the same decision.</summary>
/// <param name="Action">The decision if <paramref name="Rules"/> is null.</param>
/// <param name="Rules">Rules with conditions on arguments of <paramref name="Architecture"/>.</param>
/// <param name="Weight">How often the search ends here, relative to other ranges.</param>
internal readonly record struct Range(uint First, uint Action, SyscallRules? Rules, Architecture? Architecture, int Weight)
{
    public bool SameAs(Range other)
    {
        if (Rules is null || other.Rules is null)
            return Rules == other.Rules && Action == other.Action;
        return Architecture == other.Architecture && Rules.SameAs(other.Rules);
    }
}
