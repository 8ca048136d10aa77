using System;
using System.Collections.Generic;
using System.Text;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

/// <summary>One line per difference; two more where arguments decide.</summary>
internal static class DifferenceText
{
    public static string Write(ProfileDifference difference, ProfileEvaluator first)
    {
        StringBuilder text = new();
        if (difference.Default is var (from, to))
            text.Append("default: ").Append(Wording.Action(from)).Append(" → ").Append(Wording.Action(to)).Append('\n');
        AppendSets(text, "flags", difference.RemovedFlags, difference.AddedFlags);
        AppendSets(text, "architectures", Short(difference.RemovedArchitectures), Short(difference.AddedArchitectures));
        AppendThresholds(text, difference.Thresholds.ConvertAll(threshold =>
        {
            SyscallNames names = first.Names(threshold.Architecture);
            return (ArchitectureName.Short(threshold.Architecture), Threshold(threshold, names));
        }));
        foreach (Change change in difference.Changes)
            Append(text, change);
        return text.ToString();
    }

    /// <summary>Both sides in one text: equal texts mean equal changes.</summary>
    public static string Change(Case[] from, Case[] to) => $"{Cases(from)} → {Cases(to)}";

    /// <summary>Numbers without a name are reported as ranges.</summary>
    public static List<string> Calls(List<string> calls)
    {
        List<string> told = [];
        for (int i = 0; i < calls.Count; i++)
        {
            int end = i;
            while (end + 1 < calls.Count && Argument.Parse(calls[end]) is { } number && Argument.Parse(calls[end + 1]) == number + 1)
                end++;
            told.Add(end == i ? calls[i] : $"{calls[i]}-{calls[end]}");
            i = end;
        }
        return told;
    }

    private static void Append(StringBuilder text, Change change)
    {
        text.Append(string.Join(", ", Short(change.Architectures))).Append(": ").Append(string.Join(", ", Calls(change.Calls))).Append(':');
        if (change.From.Length == 1 && change.To.Length == 1)
            text.Append(' ').Append(Change(change.From, change.To)).Append('\n');
        else
            text.Append("\n    ").Append(Cases(change.From)).Append("\n  → ").Append(Cases(change.To)).Append('\n');
    }

    /// <summary>Adjacent cases with the same action are merged: <c>ALLOW if arg0 == 0 or arg0 == 8, else ERRNO(1 EPERM)</c>.</summary>
    private static string Cases(Case[] cases)
    {
        StringBuilder text = new();
        for (int i = 0; i < cases.Length; i++)
        {
            if (i > 0 && !cases[i].IsCertain && cases[i].Action == cases[i - 1].Action)
            {
                text.Append(" or ").Append(Wording.Describe(cases[i].Conditions));
                continue;
            }
            text.Append(i == 0 ? "" : ", else ").Append(Wording.Action(cases[i].Action));
            if (!cases[i].IsCertain)
                text.Append(" if ").Append(Wording.Describe(cases[i].Conditions));
        }
        return text.ToString();
    }

    private static void AppendSets(StringBuilder text, string what, string[] removed, string[] added)
    {
        if (removed.Length + added.Length == 0)
            return;
        string[] gone = Array.ConvertAll(removed, static one => "-" + one), come = Array.ConvertAll(added, static one => "+" + one);
        text.Append(what).Append(": ").Append(string.Join(", ", [.. gone, .. come])).Append('\n');
    }

    /// <summary>Architectures with the same text share a line.</summary>
    private static void AppendThresholds(StringBuilder text, List<(string Architecture, string Change)> thresholds)
    {
        while (thresholds.Count > 0)
        {
            string change = thresholds[0].Change;
            List<string> architectures = thresholds.FindAll(one => one.Change == change).ConvertAll(static one => one.Architecture);
            text.Append(string.Join(", ", architectures)).Append(": newer than the profile: ").Append(change).Append('\n');
            thresholds.RemoveAll(one => one.Change == change);
        }
    }

    private static string Threshold(Threshold threshold, SyscallNames names)
        => $"{From(names, threshold.From)} → {From(names, threshold.To)}";

    private static string From(SyscallNames names, uint? number) => number is { } from ? $"above {names.Label(from - 1)}" : "nothing";

    private static string[] Short(List<Architecture> architectures) => [.. architectures.ConvertAll(ArchitectureName.Short)];
}

/// <summary>
/// {"same": false, "default": {"from": …, "to": …}, "flags": {"removed": [], "added": []}, "architectures": …, "newer": […],
/// "changes": […]}.
/// </summary>
internal static class DifferenceJson
{
    public static byte[] Write(ProfileDifference difference, ProfileEvaluator first, ProfileEvaluator second)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        json.Name("same");
        json.Value(difference.IsNone);
        if (difference.Default is var (from, to))
        {
            json.Name("default");
            json.StartObject();
            Action(json, "from", from);
            Action(json, "to", to);
            json.EndObject();
        }
        Sets(json, "flags", difference.RemovedFlags, difference.AddedFlags);
        string[] removed = [.. difference.RemovedArchitectures.ConvertAll(Name)];
        string[] added = [.. difference.AddedArchitectures.ConvertAll(Name)];
        Sets(json, "architectures", removed, added);
        json.Name("newer");
        json.StartArray();
        foreach (Threshold threshold in difference.Thresholds)
        {
            json.StartObject();
            json.Member("architecture", threshold.Architecture.Name);
            Number(json, "from", threshold.From);
            Number(json, "to", threshold.To);
            json.EndObject();
        }
        json.EndArray();
        json.Name("changes");
        json.StartArray();
        foreach (Change change in difference.Changes)
        {
            json.StartObject();
            CaseJson.Strings(json, "architectures", change.Architectures.ConvertAll(Name));
            CaseJson.Strings(json, "calls", change.Calls);
            CaseJson.Cases(json, "from", change.From, first.Document);
            CaseJson.Cases(json, "to", change.To, second.Document);
            json.EndObject();
        }
        json.EndArray();
        json.EndObject();
        return CaseJson.Bytes(json);
    }

    private static string Name(Architecture architecture) => architecture.Name;

    private static void Action(JsonText json, string member, uint decision)
    {
        json.Name(member);
        json.StartObject();
        CaseJson.Action(json, decision);
        json.EndObject();
    }

    private static void Sets(JsonText json, string member, string[] removed, string[] added)
    {
        json.Name(member);
        json.StartObject();
        CaseJson.Strings(json, "removed", removed);
        CaseJson.Strings(json, "added", added);
        json.EndObject();
    }

    /// <summary>null if no call is newer.</summary>
    private static void Number(JsonText json, string member, uint? number)
    {
        if (number is { } first)
            json.Member(member, first);
        else
            json.Member(member, (string?)null);
    }
}
