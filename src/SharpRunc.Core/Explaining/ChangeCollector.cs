using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

/// <summary>Compares two profiles call by call, and groups equal changes.</summary>
internal sealed class ChangeCollector(ProfileEvaluator first, ProfileEvaluator second)
{
    private readonly List<Change> found = [];

    /// <summary>Keyed by call and change, on separate lines.</summary>
    private readonly Dictionary<string, Change> known = [];

    public List<Threshold> Thresholds { get; } = [];

    public void Compare(Architecture architecture)
    {
        ArchitectureRules before = first.Rules(architecture)!, after = second.Rules(architecture)!;
        Compare(architecture, before.Common, after.Common);
        if (before.Private.Count + after.Private.Count > 0)
            Compare(architecture, before.Private, after.Private);
        // Except for number 0 of s390: the decision above the highest number of both profiles applies to all numbers above.
        uint above = architecture.NumberBase + (uint)Math.Max(before.Common.Count, after.Common.Count);
        uint? from = Threshold(first, architecture, before, above), to = Threshold(second, architecture, after, above);
        if (from == to)
            return;
        if (from is null || to is null || Differ(architecture, Math.Min(from.Value, to.Value), Math.Max(from.Value, to.Value)))
            Thresholds.Add(new(architecture, from, to));
    }

    /// <summary>The first number that is newer than the profile; null if newer numbers are not told apart.</summary>
    private static uint? Threshold(ProfileEvaluator evaluator, Architecture architecture, ArchitectureRules rules, uint above)
    {
        bool isNewer = evaluator.CasesFor(architecture, above)[0].Reason.Kind == ReasonKind.Newer;
        return isNewer ? architecture.NumberBase + (uint)rules.Common.Count : null;
    }

    /// <summary>Calls with the same change on the same architectures are merged into one line, at the position of the first.</summary>
    public List<Change> Grouped()
    {
        Dictionary<string, Change> groups = [];
        List<Change> ordered = [];
        foreach (Change change in found)
        {
            List<string> architectures = change.Architectures.ConvertAll(static architecture => architecture.Name);
            string key = $"{string.Join(' ', architectures)}\n{DifferenceText.Change(change.From, change.To)}";
            if (groups.TryGetValue(key, out Change? group))
                group.Calls.AddRange(change.Calls);
            else
                ordered.Add(groups[key] = change);
        }
        return ordered;
    }

    private void Compare(Architecture architecture, NumberedRules before, NumberedRules after)
    {
        for (int i = 0; i < Math.Max(before.Count, after.Count); i++)
        {
            uint number = architecture.NumberBase + (uint)(before.First + i);
            Case[] from = first.CasesFor(architecture, number), to = second.CasesFor(architecture, number);
            if (AreSame(from, to, architecture.Is64))
                continue;
            SyscallNames names = first.Names(architecture);
            string call = names.Find(number) ?? names.Number(number);
            string key = $"{call}\n{DifferenceText.Change(from, to)}";
            if (!known.TryGetValue(key, out Change? change))
            {
                change = new([], [call], from, to);
                known[key] = change;
                found.Add(change);
            }
            change.Architectures.Add(architecture);
        }
    }

    private bool Differ(Architecture architecture, uint from, uint to)
    {
        for (uint number = from; number < to; number++)
            if (!AreSame(first.CasesFor(architecture, number), second.CasesFor(architecture, number), architecture.Is64))
                return true;
        return false;
    }

    /// <summary>A change of the default is reported once, not for every call.</summary>
    private static bool AreSame(Case[] from, Case[] to, bool is64)
    {
        if (from.Length == 1 && to.Length == 1)
            return from[0].Action == to[0].Action || from[0].Reason.Kind == ReasonKind.Default && to[0].Reason.Kind == ReasonKind.Default;
        List<Condition> conditions = [];
        foreach (Case one in (Case[])[.. from, .. to])
            conditions.AddRange(one.Conditions);
        foreach (ulong[] arguments in BoundaryVectors.Around(conditions, is64))
        {
            Case before = Array.Find(from, one => ConditionEvaluator.All(one.Conditions, arguments))!;
            Case after = Array.Find(to, one => ConditionEvaluator.All(one.Conditions, arguments))!;
            if (before.Action != after.Action && !(before.Reason.Kind == ReasonKind.Default && after.Reason.Kind == ReasonKind.Default))
                return false;
        }
        return true;
    }
}
