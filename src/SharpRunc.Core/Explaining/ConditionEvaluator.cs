using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

/// <summary>Whether conditions hold for arguments that may be partly unknown.</summary>
internal static class ConditionEvaluator
{
    /// <summary>Compares as the program does: on a 32-bit architecture a condition applies to the low word.</summary>
    public static bool Holds(Condition condition, ulong argument) => condition.Op switch
    {
        Comparison.Equal => argument == condition.Value,
        Comparison.NotEqual => argument != condition.Value,
        Comparison.MaskedEqual => (argument & condition.Mask) == condition.Value,
        Comparison.Less => argument < condition.Value,
        Comparison.LessOrEqual => argument <= condition.Value,
        Comparison.Greater => argument > condition.Value,
        _ => argument >= condition.Value,
    };

    public static bool All(Condition[] conditions, ulong[] arguments)
    {
        foreach (Condition condition in conditions)
            if (!Holds(condition, arguments[condition.Argument]))
                return false;
        return true;
    }

    /// <summary>
    /// The cases that remain: omits those that certainly do not apply, and everything after one that certainly does. In the remaining
    /// cases, omits the conditions that certainly hold.
    /// </summary>
    /// <param name="arguments">Six; null: unknown.</param>
    public static Case[] Remaining(Case[] cases, ulong?[] arguments, bool is64)
    {
        List<Case> remaining = [];
        foreach (Case one in cases)
        {
            if (Uncertain(one.Conditions, arguments, is64) is not { } open)
                continue;
            remaining.Add(open.Length == one.Conditions.Length ? one : one with { Conditions = open });
            if (open.Length == 0)
                break;
        }
        return [.. remaining];
    }

    /// <summary>The conditions that are uncertain; null if one certainly does not hold.</summary>
    private static Condition[]? Uncertain(Condition[] conditions, ulong?[] arguments, bool is64)
    {
        List<Condition> open = [];
        foreach (Condition condition in conditions)
            if (arguments[condition.Argument] is not { } argument)
                open.Add(condition);
            else if (!Holds(condition, is64 ? argument : (uint)argument))
                return null;
        return [.. open];
    }
}

/// <summary>The arguments that satisfy a condition, as far as that is known without trying them.</summary>
/// <param name="From">The smallest.</param>
/// <param name="To">The largest.</param>
/// <param name="IsAll">All values between them satisfy it.</param>
internal readonly record struct Interval(ulong From, ulong To, bool IsAll)
{
    /// <summary>Null if none does.</summary>
    public static Interval? ForCondition(Condition condition, bool is64)
    {
        ulong most = is64 ? ulong.MaxValue : uint.MaxValue, value = condition.Value;
        return condition.Op switch
        {
            Comparison.Equal => new(value, value, true),
            Comparison.NotEqual => new(0, most, false),
            Comparison.MaskedEqual => new(value, value | ~condition.Mask & most, (condition.Mask & most) == 0),
            Comparison.Less => value == 0 ? null : new(0, value - 1, true),
            Comparison.LessOrEqual => new(0, value, true),
            Comparison.Greater => value == most ? null : new(value + 1, most, true),
            _ => new(value, most, true),
        };
    }

    public static bool IsAlways(Condition condition, bool is64)
        => ForCondition(condition, is64) is { From: 0, IsAll: true } all && all.To == (is64 ? ulong.MaxValue : uint.MaxValue);

    /// <summary>
    /// Whether every argument that satisfies <paramref name="one"/> certainly satisfies <paramref name="other"/>, which is for the same
    /// argument.
    /// </summary>
    public static bool Implies(Condition one, Condition other, bool is64)
    {
        if (one == other)
            return true;
        if (ForCondition(one, is64) is not { } narrow || ForCondition(other, is64) is not { } wide)
            return false;
        if (wide.IsAll)
            return wide.From <= narrow.From && narrow.To <= wide.To;
        if (other.Op == Comparison.NotEqual && one.Op == Comparison.MaskedEqual)
            return (other.Value & one.Mask) != one.Value;
        if (other.Op == Comparison.NotEqual)
            return narrow.IsAll && (other.Value < narrow.From || other.Value > narrow.To);
        if (one.Op == Comparison.MaskedEqual)
            return (other.Mask & ~one.Mask) == 0 && (one.Value & other.Mask) == other.Value;
        return narrow.From == narrow.To && ConditionEvaluator.Holds(other, narrow.From);
    }

    /// <summary>
    /// Whether every call that satisfies all of <paramref name="conditions"/> satisfies all of <paramref name="others"/>.
    /// </summary>
    public static bool Implies(Condition[] conditions, Condition[] others, bool is64)
    {
        foreach (Condition other in others)
            if (!System.Array.Exists(conditions, condition => condition.Argument == other.Argument && Implies(condition, other, is64)))
                return false;
        return true;
    }
}
