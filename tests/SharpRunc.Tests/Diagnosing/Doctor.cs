using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Diagnosing;

/// <summary>What doctor says, as values.</summary>
internal sealed record Doctor(JsonObject Document)
{
    public static Doctor Ask(Runtime runtime, int exitCode, params string[] arguments)
        => new((JsonObject)JsonNode.Parse(runtime.Run(["doctor", "--json", .. arguments]).Expect(exitCode).Output)!);

    public IEnumerable<JsonObject> Findings => Document["findings"]!.AsArray().Select(static finding => (JsonObject)finding!);

    public string[] Topics(string severity)
        => [.. Findings.Where(finding => (string)finding["severity"]! == severity).Select(static finding => (string)finding["topic"]!)];

    /// <summary>The only one that is worse than ok, if it is of this topic.</summary>
    public JsonObject Only(string topic, string severity = "problem")
    {
        JsonObject[] bad = [.. Findings.Where(static finding => (string)finding["severity"]! != "ok")];
        Assert.That(bad, Has.Length.EqualTo(1), Document.ToJsonString());
        Assert.That((string)bad[0]["topic"]!, Is.EqualTo(topic), Document.ToJsonString());
        Assert.That((string)bad[0]["severity"]!, Is.EqualTo(severity), Document.ToJsonString());
        return bad[0];
    }

    public string Text(string topic) => string.Join('\n', Findings.Where(finding => (string)finding["topic"]! == topic)
        .Select(static finding => (string)finding["text"]!));

    /// <summary>Does what a remedy says, in a shell, with the binary under test.</summary>
    public static void Mend(Runtime runtime, JsonObject finding)
    {
        string remedy = (string)finding["remedy"]!;
        if (remedy.StartsWith("sharprunc ", StringComparison.Ordinal))
            remedy = runtime.Program + remedy["sharprunc".Length..];
        runtime.Execute(["/bin/sh", "-c", remedy]).Expect(0);
    }
}
