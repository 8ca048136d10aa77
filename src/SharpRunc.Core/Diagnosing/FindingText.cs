using System;
using System.Text;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Diagnosing;

/// <summary>
/// Findings as aligned lines, and as {"version": 1, "subject": …, "problems": 1, "notes": 0, "findings": [{"severity": …, "topic": …,
/// "text": …, "remedy": …}]}.
/// </summary>
internal static class FindingText
{
    private static readonly string[] Severities = ["ok", "note", "problem"];

    /// <summary>Names of files may be any container's choice: each finding stays on its line.</summary>
    public static string Write(Findings findings)
    {
        int severities = 0, topics = 0;
        foreach (Finding finding in findings.All)
        {
            severities = Math.Max(severities, Name(finding.Severity).Length + 2);
            topics = Math.Max(topics, finding.Topic.Length + 2);
        }
        StringBuilder text = new();
        foreach (Finding finding in findings.All)
        {
            text.Append(Name(finding.Severity).PadRight(severities)).Append(finding.Topic.PadRight(topics));
            text.Append(TerminalText.EscapeCell(finding.Text)).Append('\n');
            if (finding.Remedy is not null)
                text.Append(' ', severities + topics).Append("mend: ").Append(TerminalText.EscapeCell(finding.Remedy)).Append('\n');
        }
        int problems = findings.Problems, notes = findings.Count(Severity.Note);
        string counts = $"{Plural(problems, "problem")}, {Plural(notes, "note")}";
        return text.Append(problems + notes == 0 ? "nothing is wrong" : counts).Append('\n').ToString();
    }

    /// <param name="subject">host, leftovers, or the container's id.</param>
    /// <returns>With a final newline.</returns>
    public static byte[] Json(Findings findings, string subject)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        json.Member("version", 1);
        json.Member("subject", subject);
        json.Member("problems", findings.Problems);
        json.Member("notes", findings.Count(Severity.Note));
        json.Name("findings");
        json.StartArray();
        foreach (Finding finding in findings.All)
        {
            json.StartObject();
            json.Member("severity", Name(finding.Severity));
            json.Member("topic", finding.Topic);
            json.Member("text", finding.Text);
            if (finding.Remedy is not null)
                json.Member("remedy", finding.Remedy);
            json.EndObject();
        }
        json.EndArray();
        json.EndObject();
        return [.. json.Written.Span, (byte)'\n'];
    }

    private static string Name(Severity severity) => Severities[(int)severity];

    private static string Plural(int count, string noun) => $"{count.ToString()} {noun}{(count == 1 ? "" : "s")}";
}
