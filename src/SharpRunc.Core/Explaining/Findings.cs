using System.Collections.Generic;
using System.Text;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

/// <summary>
/// Error: no container can be started with the profile as it is. Warning: the profile does not do what its author wrote. Note: it could be
/// shorter, or has no effect in part.
/// </summary>
internal enum Severity { Error, Warning, Note }

/// <summary>Something to report about a profile.</summary>
/// <param name="Pointer">JSON pointer into the file.</param>
internal sealed record Finding(Severity Severity, string Pointer, string Text);

/// <summary>The findings on one profile.</summary>
internal sealed class Findings(ProfileDocument document)
{
    private readonly List<Finding> found = [];

    public ProfileDocument Document => document;

    public bool HasErrors => Count(Severity.Error) > 0;

    /// <param name="pointer">Relative to linux.seccomp: see <see cref="ProfileDocument.Pointer"/>.</param>
    public void Add(Severity severity, string pointer, string text) => found.Add(new(severity, document.Pointer(pointer), text));

    /// <summary>The error that loading the profile would fail with.</summary>
    public void Add(ContainerException e)
    {
        const string Prefix = "seccomp: ";
        string message = document.Message(e);
        if (message.StartsWith(Prefix, System.StringComparison.Ordinal))
            message = message[Prefix.Length..];
        Add(Severity.Error, e.Pointer ?? "", message);
    }

    public int Count(Severity severity) => found.FindAll(finding => finding.Severity == severity).Count;

    /// <summary>The most severe first, otherwise in the order of discovery.</summary>
    public List<Finding> Sorted()
    {
        List<Finding> sorted = [];
        foreach (Severity severity in new[] { Severity.Error, Severity.Warning, Severity.Note })
            sorted.AddRange(found.FindAll(finding => finding.Severity == severity));
        return sorted;
    }
}

/// <summary>
/// Findings as lines, and as {"errors": 1, "warnings": 0, "notes": 2, "findings": [{"severity": …, "pointer": …, "text": …}]}.
/// </summary>
internal static class FindingsText
{
    private static readonly (Severity Severity, string Name)[] Severities =
        [(Severity.Error, "error"), (Severity.Warning, "warning"), (Severity.Note, "note")];

    public static string Write(Findings findings)
    {
        StringBuilder text = new();
        foreach (Finding finding in findings.Sorted())
        {
            text.Append(Name(finding.Severity)).Append(": ");
            if (finding.Pointer.Length > 0)
                text.Append(finding.Pointer).Append(": ");
            text.Append(finding.Text).Append('\n');
        }
        List<string> counts = [];
        foreach ((Severity severity, string name) in Severities)
        {
            int count = findings.Count(severity);
            if (count > 0)
                counts.Add(count == 1 ? $"1 {name}" : $"{count} {name}s");
        }
        string summary = counts.Count > 0 ? string.Join(", ", counts) : "nothing to report";
        return text.Append(findings.Document.File).Append(": ").Append(summary).Append('\n').ToString();
    }

    public static byte[] Json(Findings findings)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        json.Member("file", findings.Document.File);
        foreach ((Severity severity, string name) in Severities)
            json.Member(name + "s", findings.Count(severity));
        json.Name("findings");
        json.StartArray();
        foreach (Finding finding in findings.Sorted())
        {
            json.StartObject();
            json.Member("severity", Name(finding.Severity));
            json.Member("pointer", finding.Pointer);
            json.Member("text", finding.Text);
            json.EndObject();
        }
        json.EndArray();
        json.EndObject();
        return CaseJson.Bytes(json);
    }

    private static string Name(Severity severity) => Severities[(int)severity].Name;
}
