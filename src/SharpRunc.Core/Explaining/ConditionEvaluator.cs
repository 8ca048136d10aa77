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
