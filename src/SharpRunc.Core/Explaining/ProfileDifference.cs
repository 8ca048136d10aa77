using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

/// <summary>What a second profile decides differently from a first.</summary>
/// <param name="Default">Null if it is the same.</param>
/// <param name="RemovedFlags">SECCOMP_FILTER_FLAG_… values that only the first is loaded with.</param>
internal sealed record ProfileDifference(
    (uint From, uint To)? Default,
    string[] RemovedFlags,
    string[] AddedFlags,
    List<Architecture> RemovedArchitectures,
    List<Architecture> AddedArchitectures,
    List<Threshold> Thresholds,
    List<Change> Changes)
{
    public bool IsNone => Default is null
        && RemovedFlags.Length + AddedFlags.Length == 0
        && RemovedArchitectures.Count + AddedArchitectures.Count == 0
        && Thresholds.Count + Changes.Count == 0;

    public static ProfileDifference Compare(ProfileEvaluator first, ProfileEvaluator second)
    {
        List<Architecture> before = first.Profile.Architectures.ConvertAll(static rules => rules.Architecture);
        List<Architecture> after = second.Profile.Architectures.ConvertAll(static rules => rules.Architecture);
        ChangeCollector collector = new(first, second);
        foreach (Architecture architecture in before)
            if (after.Contains(architecture))
                collector.Compare(architecture);
        string[] flags = CompiledText.Flags(first.Program.Flags), otherFlags = CompiledText.Flags(second.Program.Flags);
        return new(first.Profile.Default == second.Profile.Default ? null : (first.Profile.Default, second.Profile.Default),
            Array.FindAll(flags, flag => Array.IndexOf(otherFlags, flag) < 0),
            Array.FindAll(otherFlags, flag => Array.IndexOf(flags, flag) < 0),
            before.FindAll(architecture => !after.Contains(architecture)),
            after.FindAll(architecture => !before.Contains(architecture)),
            collector.Thresholds,
            collector.Grouped());
    }
}

/// <summary>Calls for which the same changes, on the same architectures.</summary>
/// <param name="Calls">Names; for unnamed calls, numbers and ranges of numbers.</param>
internal sealed record Change(List<Architecture> Architectures, List<string> Calls, Case[] From, Case[] To);

/// <summary>The number from which on calls are newer than the profile; null if none are.</summary>
internal sealed record Threshold(Architecture Architecture, uint? From, uint? To);

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

/// <summary>
/// Arguments at the boundaries of all conditions: the compared values and their neighbours, and masks with each of their bits flipped. For
/// conditions on a single argument they cover every possible combination of outcomes; for several arguments, as many combinations as the
/// limit allows.
/// </summary>
internal static class BoundaryVectors
{
    private const int Budget = 1 << 20, Least = 256, Most = 1 << 14;

    /// <param name="conditions">All conditions that the vectors are tested on.</param>
    public static IEnumerable<ulong[]> Around(List<Condition> conditions, bool is64)
    {
        ulong[][] values = new ulong[6][];
        double all = 1;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Values(conditions.FindAll(condition => condition.Argument == i), is64);
            all *= values[i].Length;
        }
        int limit = Math.Clamp(Budget / (conditions.Count + 1), Least, Most);
        uint dice = 1;
        for (int n = 0; n < Math.Min(all, limit); n++)
        {
            ulong[] vector = new ulong[6];
            int rest = n;
            for (int i = 0; i < vector.Length; i++)
            {
                // All combinations if they fit, otherwise a sample, which is the same on every run.
                dice = dice * 1664525 + 1013904223;
                vector[i] = values[i][all <= limit ? rest % values[i].Length : (int)((dice >> 8) % (uint)values[i].Length)];
                rest /= values[i].Length;
            }
            yield return vector;
        }
    }

    private static ulong[] Values(List<Condition> conditions, bool is64)
    {
        ulong all = is64 ? ulong.MaxValue : uint.MaxValue;
        List<ulong> values = [0];
        if (conditions.Count > 0)
            values.Add(all);
        foreach (Condition condition in conditions)
        {
            ulong value = condition.Value;
            values.AddRange([value, (value - 1) & all, (value + 1) & all]);
            if (condition.Op != Comparison.MaskedEqual)
                continue;
            values.Add(value | ~condition.Mask & all);
            for (ulong bit = 1; bit != 0 && bit <= condition.Mask; bit <<= 1)
                if ((condition.Mask & bit) != 0)
                    values.Add(value ^ bit);
        }
        values.Sort();
        List<ulong> distinct = [];
        foreach (ulong value in values)
            if (distinct.Count == 0 || distinct[^1] != value)
                distinct.Add(value);
        return [.. distinct];
    }
}
