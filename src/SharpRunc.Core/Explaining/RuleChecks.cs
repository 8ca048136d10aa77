using System.Collections.Generic;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Explaining;

/// <summary>Rules that decide nothing, and the rules that cause this.</summary>
internal static class RuleChecks
{
    private enum Kind { Duplicate, First, Replaced, Shadowed }

    /// <param name="Rule">The other rule.</param>
    private sealed record Cause(Kind Kind, int Rule, bool SameAction)
    {
        /// <summary>The rule's names that this concerns.</summary>
        public List<string> Names { get; } = [];

        public bool IsSame(Cause other) => Kind == other.Kind && Rule == other.Rule && SameAction == other.SameAction;
    }

    public static void Add(Findings findings, ProfileEvaluator evaluator)
    {
        SeccompRule[] rules = findings.Document.Seccomp.Syscalls;
        for (int i = 0; i < rules.Length; i++)
        {
            uint action = Decision.FromRule(rules[i], i);
            if (action == evaluator.Profile.Default)
            {
                findings.Add(Severity.Note, $"/syscalls/{i}/action",
                    $"{Wording.Action(action)} is the default: the rule only states that its calls are not newer than the profile");
                continue;
            }
            List<Condition[]> alternatives = Profile.Alternatives(rules[i], i);
            for (int j = 0; j < alternatives.Count; j++)
            {
                string pointer = alternatives.Count == 1 ? $"/syscalls/{i}" : $"/syscalls/{i}/args/{j}";
                Add(findings, evaluator, i, action, alternatives[j], pointer);
            }
        }
    }

    private static void Add(Findings findings, ProfileEvaluator evaluator, int rule, uint action, Condition[] conditions, string pointer)
    {
        List<Cause> causes = [];
        HashSet<string> names = [.. findings.Document.Seccomp.Syscalls[rule].Names];
        foreach (string name in names)
        {
            if (FindCause(evaluator, name, rule, action, conditions) is not { } cause)
                continue;
            if (causes.Find(cause.IsSame) is { } known)
                cause = known;
            else
                causes.Add(cause);
            cause.Names.Add(name);
        }
        foreach (Cause cause in causes)
        {
            string other = $"syscalls[{findings.Document.RuleIndex(cause.Rule)}]";
            string who = cause.Names.Count == names.Count ? "" : string.Join(", ", cause.Names) + ": ";
            findings.Add(cause.SameAction ? Severity.Note : Severity.Warning, pointer, who + cause.Kind switch
            {
                Kind.Duplicate => $"duplicates {other}",
                Kind.First => $"never decides: {other} comes first and has no conditions",
                Kind.Replaced => $"never decides: {other} has no conditions and replaces it",
                _ => $"never decides: {other} is tried first and holds whenever it does",
            });
        }
    }

    /// <summary>
    /// Why the rule decides nothing for that name on any architecture; null if it does decide, or if there is no such call.
    /// </summary>
    private static Cause? FindCause(ProfileEvaluator evaluator, string name, int rule, uint action, Condition[] conditions)
    {
        Cause? cause = null;
        int syscall = SyscallTable.Find(name);
        if (syscall < 0)
            return null;
        foreach (ArchitectureRules rules in evaluator.Profile.Architectures)
        {
            Architecture architecture = rules.Architecture;
            int direct = architecture.Number(syscall);
            if (direct >= 0 && Check(direct, conditions))
                return null;
            if (!architecture.Multiplexes || Multiplexed.Find(name) is not var (through, selector))
                continue;
            if (Check(architecture.Number(SyscallTable.Find(through)), Profile.Selected(conditions, selector)))
                return null;

            // Returns whether the rule decides there.
            bool Check(int number, Condition[] asked)
            {
                Chain own = new(Profile.Effective(asked, architecture), action, rule, architecture.Is64);
                Cause? found = CauseOf(rules.Find(number)!, own, architecture.Is64);
                cause ??= found;
                return found is null;
            }
        }
        return cause;
    }

    private static Cause? CauseOf(SyscallRules final, Chain own, bool is64)
    {
        if (final.Always is { } always)
        {
            // The rule itself, or its effect on the call that multiplexes this one.
            if (final.AlwaysRule == own.Rule)
                return null;
            bool same = always == own.Action;
            if (own.Conditions.Length == 0 && same)
                return new(Kind.Duplicate, final.AlwaysRule, true);
            return new(final.AlwaysRule < own.Rule ? Kind.First : Kind.Replaced, final.AlwaysRule, same);
        }
        foreach (Chain tried in final.Chains)
        {
            if (tried.Rule == own.Rule && tried.SameAs(own))
                return null;
            if (tried.SameAs(own))
                return new(Kind.Duplicate, tried.Rule, true);
            if (Interval.Implies(own.Conditions, tried.Conditions, is64))
                return new(Kind.Shadowed, tried.Rule, tried.Action == own.Action);
        }
        // A pruned chain has a shorter one, which the loop found; a later rule with the same conditions would have been refused.
        return null;
    }
}
