using System;
using System.Collections.Generic;
using System.Text;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>An explanation as a table: architecture, call, action, conditions, reason.</summary>
internal static class ExplanationText
{
    public static string Write(Explanation explanation, ProfileEvaluator evaluator)
    {
        TextTable table = new();
        foreach (CallDecision decided in explanation.Decisions)
        {
            string architecture = ArchitectureName.Short(decided.Architecture);
            if (decided.Number is not { } number)
            {
                table.Add(architecture, "no such call", "", "", "");
                continue;
            }
            string call = Call(decided, evaluator.Names(decided.Architecture).Number(number));
            for (int i = 0; i < decided.Cases.Length; i++)
            {
                Case one = decided.Cases[i];
                (string first, string second) = i == 0 ? (architecture, call) : ("", "");
                table.Add(first, second, Wording.Action(one.Action), When(decided.Cases, i), one.Reason.Text);
            }
        }
        StringBuilder text = new();
        table.WriteTo(text);
        foreach (string note in Notes(explanation, evaluator))
            text.Append("note: ").Append(note).Append('\n');
        return text.ToString();
    }

    public static List<string> Notes(Explanation explanation, ProfileEvaluator evaluator)
    {
        List<string> notes = [];
        if (Any(explanation, static one => one.Action == (SECCOMP_RET_ERRNO | ENOSYS)))
            notes.Add("ENOSYS tells a C library that the kernel has no such call: it falls back to an older one");
        CallDecision? multiplexed = Array.Find(explanation.Decisions, static decided => decided.Through.Length > 0);
        if (multiplexed is not null && HasConditions(explanation, evaluator))
        {
            string through = multiplexed.Through[..multiplexed.Through.IndexOf('(')];
            notes.Add($"a filter sees the arguments of {through}, not those of the {explanation.Call} that it multiplexes");
        }
        return notes;
    }

    private static string Call(CallDecision decided, string number)
        => (decided.Through, decided.Name) switch
        {
            ({ Length: > 0 } through, _) => $"through {through}",
            (_, { } name) => $"{name} ({number})",
            _ => number,
        };

    private static string When(Case[] cases, int at)
    {
        if (!cases[at].IsCertain)
            return "if " + Wording.Describe(cases[at].Conditions);
        return cases.Length > 1 ? "otherwise" : "";
    }

    private static bool HasConditions(Explanation explanation, ProfileEvaluator evaluator)
    {
        foreach (SeccompRule rule in evaluator.Document.Seccomp.Syscalls)
            if (rule.Args.Length > 0 && Array.IndexOf(rule.Names, explanation.Call) >= 0)
                return true;
        return false;
    }

    private static bool Any(Explanation explanation, Predicate<Case> is_)
        => Array.Exists(explanation.Decisions, decided => Array.Exists(decided.Cases, is_));
}

/// <summary>{"call": "clone", "decisions": [{"architecture": …, "number": …, "cases": […]}], "notes": []}.</summary>
internal static class ExplanationJson
{
    public static byte[] Unfiltered(string call, string note)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        json.Member("call", call);
        json.Name("decisions");
        json.StartArray();
        json.EndArray();
        CaseJson.Strings(json, "notes", [note]);
        json.EndObject();
        return CaseJson.Bytes(json);
    }

    public static byte[] Write(Explanation explanation, ProfileEvaluator evaluator)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        json.Member("call", explanation.Call);
        json.Name("decisions");
        json.StartArray();
        foreach (CallDecision decided in explanation.Decisions)
        {
            json.StartObject();
            json.Member("architecture", decided.Architecture.Name);
            if (decided.Number is { } number)
            {
                json.Member("number", number);
                if (decided.Name is not null)
                    json.Member("name", decided.Name);
                if (decided.Through.Length > 0)
                    json.Member("through", decided.Through);
                CaseJson.Cases(json, "cases", decided.Cases, evaluator.Document);
            }
            json.EndObject();
        }
        json.EndArray();
        CaseJson.Strings(json, "notes", ExplanationText.Notes(explanation, evaluator));
        json.EndObject();
        return CaseJson.Bytes(json);
    }
}

/// <summary>Rows of cells; each column is as wide as its widest cell, and an empty column takes no space.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> rows = [];

    /// <summary>Must have as many cells as the first row.</summary>
    public void Add(params string[] cells) => rows.Add(cells);

    public void WriteTo(StringBuilder text)
    {
        if (rows.Count == 0)
            return;
        int[] widths = new int[rows[0].Length];
        foreach (string[] row in rows)
            for (int i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], row[i].Length);
        foreach (string[] row in rows)
        {
            int start = text.Length;
            for (int i = 0; i < row.Length; i++)
                if (widths[i] > 0)
                    text.Append(row[i].PadRight(widths[i] + 2));
            while (text.Length > start && text[^1] == ' ')
                text.Length--;
            text.Append('\n');
        }
    }
}
