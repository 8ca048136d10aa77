using System;
using System.Collections.Generic;
using System.IO;

namespace SharpRunc.Conformance;

/// <summary>Known failures of a runtime: lines of id, tab, versions that it was seen with, tab, reason.</summary>
internal sealed class Expectations
{
    private readonly Dictionary<string, (string[] Versions, string Reason)> lines = [];
    private readonly HashSet<string> recorded = [];

    /// <exception cref="InvalidDataException">A line that is none.</exception>
    public static Expectations Read(string? file)
    {
        Expectations expectations = new();
        if (file is null || !File.Exists(file))
            return expectations;
        foreach (string line in File.ReadAllLines(file))
        {
            if (line.Length == 0)
                continue;
            if (line.StartsWith("# versions: ", StringComparison.Ordinal))
                expectations.recorded.UnionWith(line[12..].Split(' '));
            if (line[0] == '#')
                continue;
            string[] fields = line.Split('\t');
            if (fields.Length != 3)
                throw new InvalidDataException($"{file}: a line is id, versions and reason, with tabs between them: {line}");
            expectations.lines[fields[0]] = (fields[1].Split(' '), fields[2]);
        }
        return expectations;
    }

    /// <summary>Ids of lines that no test has.</summary>
    public IEnumerable<string> Ids => lines.Keys;

    /// <summary>
    /// Why it fails there; null: it should not. Of a version that nobody has recorded any line may hold, and one that ends in ~
    /// fails sometimes: a race.
    /// </summary>
    public string? For(Test test, string version, Status status)
    {
        if (!lines.TryGetValue(test.Id, out (string[] Versions, string Reason) line))
            return null;
        bool always = Array.IndexOf(line.Versions, version) >= 0,
            sometimes = Array.IndexOf(line.Versions, version + "~") >= 0 || !recorded.Contains(version);
        return always || (sometimes && status == Status.Failed) ? line.Reason : null;
    }
}
