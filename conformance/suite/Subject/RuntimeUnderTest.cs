using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

/// <summary>The program, and what it says of itself.</summary>
internal sealed class RuntimeUnderTest
{
    /// <param name="run">Runs it with these arguments.</param>
    public RuntimeUnderTest(string program, Func<string[], Result> run)
    {
        Program = program;
        string[] lines = run(["--version"]).Expect("--version").Output.Split('\n');
        string[] words = lines[0].Split(' ');
        Name = words[0];
        // A build's suffix tells nothing of behaviour: 1.1.5+ds1.
        Version = (words.Length > 2 ? words[2] : "unknown").Split('+', '~')[0];
        foreach (string line in lines)
            if (line.StartsWith("spec: ", StringComparison.Ordinal))
                Specification = ParseVersion(line[6..]);
        Result features = run(["features"]);
        if (features.ExitCode != 0)
            return;
        Features = (JsonObject)JsonNode.Parse(features.Output)!;
        // crun says 1.0.0 in --version whatever it can do.
        if ((string?)Features["ociVersionMax"] is { } max && ParseVersion(max) is { } announced && announced > Specification)
            Specification = announced;
    }

    public string Program { get; }

    public string Name { get; }

    public string Version { get; }

    /// <summary>The newest that it claims to keep to.</summary>
    public Version Specification { get; } = new(1, 0, 0);

    /// <summary>What its features command prints; null: it has none.</summary>
    public JsonObject? Features { get; }

    /// <summary>What it claims, if that is older.</summary>
    public string? Claims(string since) => Specification < ParseVersion(since) ? Specification.ToString() : null;

    private static Version ParseVersion(string text)
    {
        string[] parts = text.Trim().Split('-', '+')[0].Split('.');
        return parts.Length == 3 ? new Version(Part(0), Part(1), Part(2)) : throw new InvalidDataException($"{text} is no version");

        int Part(int i) => int.Parse(parts[i], CultureInfo.InvariantCulture);
    }
}
