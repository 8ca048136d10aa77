using System;
using System.Collections.Generic;
using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

/// <summary>Lines of JSON from the program inside, or from hooks.</summary>
internal sealed class Answers
{
    private readonly List<JsonObject> lines = [];
    private readonly string said;

    public Answers(string text, Result created)
    {
        said = created.Said;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line[0] == '{')
                lines.Add((JsonObject)JsonNode.Parse(line)!);
    }

    public int Count => lines.Count;

    public JsonObject this[int index] => index < lines.Count ? lines[index] : throw new Failed($"the program does not answer; {said}");

    /// <summary>The errno of an act.</summary>
    public int Errno(int index) => (int)this[index]["errno"]!;

    public string Text(int index) => (string)this[index]["text"]!;

    /// <summary>The names of the hooks in the order in which they ran.</summary>
    public string[] Hooks => [.. lines.ConvertAll(l => (string?)l["hook"] ?? (string?)l["text"] ?? "?")];

    public JsonObject Hook(string name)
        => lines.Find(l => (string?)l["hook"] == name) ?? throw new Failed($"the hook {name} does not run; {said}");

    public bool Has(string name) => lines.Exists(l => (string?)l["hook"] == name || (string?)l["text"] == name);
}
