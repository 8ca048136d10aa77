using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

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
