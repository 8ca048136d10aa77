using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;

namespace SharpRunc.Conformance;

/// <summary>The same for programs: an object of runtime, kernel, counts and tests.</summary>
internal static class Report
{
    public static void Write(string file, Host host, List<Outcome> outcomes)
    {
        using FileStream stream = File.Create(file);
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("runtime");
        json.WriteString("program", host.Runtime.Program);
        json.WriteString("name", host.Runtime.Name);
        json.WriteString("version", host.Runtime.Version);
        json.WriteString("specification", host.Runtime.Specification.ToString());
        json.WriteEndObject();
        json.WriteString("kernel", Environment.OSVersion.VersionString);
        json.WriteString("cgroups", host.Cgroups.Layout);
        Write(json, Counts.Of(outcomes));
        json.WriteStartArray("tests");
        foreach (Outcome outcome in outcomes)
            Write(json, outcome);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Counts counts)
    {
        json.WriteStartObject("counts");
        json.WriteNumber("passed", counts.Passed);
        json.WriteNumber("failed", counts.Failed);
        json.WriteNumber("failedAsExpected", counts.Expected);
        json.WriteNumber("passedAgainstExpectation", counts.Stale);
        json.WriteNumber("skipped", counts.Skipped);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Outcome outcome)
    {
        json.WriteStartObject();
        json.WriteString("id", outcome.Test.Id);
        json.WriteString("level", outcome.Test.Level);
        json.WriteString("anchor", outcome.Test.Url);
        json.WriteString("text", outcome.Test.Text);
        json.WriteString("since", outcome.Test.Since);
        json.WriteString("status", outcome.Status switch { Status.Passed => "passed", Status.Failed => "failed", _ => "skipped" });
        json.WriteNumber("milliseconds", Math.Round(outcome.Duration.TotalMilliseconds, 1));
        if (outcome.Detail.Length > 0)
            json.WriteString("detail", outcome.Detail);
        if (outcome.Expected is not null)
            json.WriteString("expected", outcome.Expected);
        json.WriteEndObject();
    }
}
