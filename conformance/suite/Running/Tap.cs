using System;
using System.Globalization;
using System.IO;

namespace SharpRunc.Conformance;

/// <summary>Test Anything Protocol, version 13: https://testanything.org/tap-version-13-specification.html</summary>
internal sealed class Tap(TextWriter output)
{
    public void Begin(Host host, int tests)
    {
        output.WriteLine("TAP version 13");
        output.WriteLine($"1..{tests}");
        output.WriteLine(
            $"# {host.Runtime.Program}: {host.Runtime.Name} {host.Runtime.Version}, specification {host.Runtime.Specification}");
        output.WriteLine($"# {Environment.OSVersion.VersionString}, cgroups: {host.Cgroups.Layout}");
    }

    public void Tell(int number, Outcome outcome)
    {
        string word = outcome.Status == Status.Failed ? "not ok" : "ok";
        string directive = outcome switch
        {
            { Status: Status.Skipped } => $" # SKIP {OneLine(outcome.Detail)}",
            { Status: Status.Failed, Expected: not null } => $" # TODO expected: {OneLine(outcome.Expected)}",
            { Status: Status.Passed, Expected: not null } => $" # TODO stale expectation: {OneLine(outcome.Expected)}",
            _ => "",
        };
        output.WriteLine($"{word} {number} - {outcome.Test.Id}: {outcome.Test.Text}{directive}");
        if (outcome.Status != Status.Skipped && outcome.Detail.Length > 0)
            Diagnostics(outcome);
        output.Flush();
    }

    public void End(Counts counts, bool stopped)
    {
        output.WriteLine($"# {counts}");
        if (stopped)
            output.WriteLine("Bail out! interrupted");
    }

    private void Diagnostics(Outcome outcome)
    {
        output.WriteLine("  ---");
        output.WriteLine($"  level: {outcome.Test.Level}");
        output.WriteLine($"  anchor: {outcome.Test.Url}");
        output.WriteLine($"  {(outcome.Status == Status.Failed ? "detail" : "note")}: |");
        foreach (string line in outcome.Detail.Split('\n'))
            output.WriteLine("    " + line.Replace('\0', ' '));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  duration_ms: {outcome.Duration.TotalMilliseconds:0.0}"));
        output.WriteLine("  ...");
    }

    private static string OneLine(string text)
        => text.ReplaceLineEndings(" ").Replace('\0', ' ').Replace("#", "\\#", StringComparison.Ordinal);
}
