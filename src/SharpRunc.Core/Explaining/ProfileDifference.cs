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
