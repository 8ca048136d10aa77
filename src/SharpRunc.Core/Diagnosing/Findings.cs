using System;
using System.Collections.Generic;
using System.Text;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>Ok: as it should be. Note: worth knowing, or something that is not there. Problem: containers fail, or this one is not what its
/// state says.</summary>
internal enum Severity { Ok, Note, Problem }

/// <summary>An answer of doctor.</summary>
/// <param name="Topic">A stable key, such as <c>cgroup</c>.</param>
/// <param name="Text">One sentence.</param>
/// <param name="Remedy">The command or setting that mends it, when there is one.</param>
internal sealed record Finding(Severity Severity, string Topic, string Text, string? Remedy = null);

/// <summary>The findings so far, in order.</summary>
internal sealed class Findings(RuntimeContext context)
{
    /// <summary>This program as a remedy names it: with the same state root.</summary>
    public string Runtime { get; } = context.RootIsDefault
        ? RuntimeContext.Name
        : $"{RuntimeContext.Name} --root {ShellText.Quote(context.Root)}";

    public string Delete(string id) => $"{Runtime} delete {id}";

    public string ForceDelete(string id) => $"{Runtime} delete --force {id}";

    public string Recreate(string id) => ForceDelete(id) + ", and create it again";

    /// <summary>The process as text, with its name if it is there.</summary>
    public static string Process(int pid) => $"process {pid.ToString()}{PidNamespace.NameOf(pid)}";

    public List<Finding> All { get; } = [];

    public int Problems => Count(Severity.Problem);

    public void Ok(string topic, string text) => All.Add(new(Severity.Ok, topic, text));

    public void Note(string topic, string text, string? remedy = null) => All.Add(new(Severity.Note, topic, text, remedy));

    public void Problem(string topic, string text, string? remedy = null) => All.Add(new(Severity.Problem, topic, text, remedy));

    public void Add(Severity severity, string topic, string text, string? remedy = null) => All.Add(new(severity, topic, text, remedy));

    public int Count(Severity severity) => All.FindAll(finding => finding.Severity == severity).Count;

    public bool Has(string topic, Severity severity) => All.Exists(finding => finding.Topic == topic && finding.Severity >= severity);

    /// <summary>What cannot be found out is a finding too, and the next question is asked all the same.</summary>
    public void Try(string topic, Action look)
    {
        try
        {
            look();
        }
        catch (ContainerException e)
        {
            Problem(topic, e.Message, e.Hint);
        }
        catch (SysException e)
        {
            Note(topic, $"cannot be told: {e.Message}");
        }
        catch (OutOfMemoryException)
        {
            Note(topic, "cannot be told: there is more of it than fits into memory");
        }
        catch (Exception e)
        {
            Problem(topic, $"cannot be told: internal error: {e.GetType().Name}: {e.Message}");
        }
    }
}

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

/// <summary>Words of a command that somebody will copy into a shell: names in it are of any origin.</summary>
internal static class ShellText
{
    private const string Plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.,:=+@%-";

    public static string Quote(string word)
    {
        foreach (char character in word)
            if (!Plain.Contains(character))
                return $"'{word.Replace("'", "'\\''")}'";
        return word.Length > 0 ? word : "''";
    }
}
