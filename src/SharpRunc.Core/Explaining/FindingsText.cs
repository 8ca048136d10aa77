using System.Collections.Generic;
using System.Text;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

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
