using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using SharpRunc.Benchmarks.Reporting.Sections;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>
/// data.json: every sample in the order in which it was taken, so that others can compute what the page does not.
/// <c>sections.NAME.RUNTIME.SERIES = { unit, samples, failures }</c>.
/// </summary>
internal static class RawData
{
    public static void Write(string path, IReadOnlyList<(string Name, string Value)> machine, IReadOnlyList<Subject> subjects,
        IReadOnlyList<Section> sections)
    {
        JsonObject facts = [], runtimes = [], all = [];
        foreach ((string name, string value) in machine)
            facts[name] = value;
        foreach (Subject subject in subjects)
            runtimes[subject.Name] = new JsonObject
            {
                ["program"] = subject.Program,
                ["version"] = subject.Version,
                ["bytes"] = subject.Size
            };
        foreach (Section section in sections)
        {
            JsonObject of = [];
            foreach (Candidate candidate in section.Field.All)
                of[candidate.Name] = Of(section, candidate.All);
            of["harness"] = Of(section, section.Harness);
            of["failures"] = new JsonArray([.. section.Field.Failures.ConvertAll<JsonNode>(failure => failure)]);
            all[section.Name] = of;
        }
        File.WriteAllText(path, new JsonObject { ["machine"] = facts, ["runtimes"] = runtimes, ["sections"] = all }.ToJsonString() + "\n");
    }

    private static JsonObject Of(Section section, IReadOnlyDictionary<string, Series> series)
    {
        JsonObject of = [];
        foreach ((string name, Series samples) in series)
        {
            JsonArray numbers = [];
            foreach (double sample in samples.Samples)
                numbers.Add((JsonNode)Math.Round(sample, 4)); // a tenth of a microsecond
            of[name] = new JsonObject { ["unit"] = section.Unit(name), ["samples"] = numbers, ["failures"] = samples.Failures };
        }
        return of;
    }
}
