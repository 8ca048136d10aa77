using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using SharpRunc.Benchmarks.Reporting.Plots;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks.Reporting.Sections;

/// <summary>Each operation of each runtime, one at a time.</summary>
internal sealed class Latency(Setting setting) : Section(setting, "latency")
{
    private const int WarmUp = 2;

    private static readonly string[] Operations = ["run", "create", "state", "start", "delete", "create+start+delete", "exec",
        "exec --detach"];

    public override string Title => "Latency of each operation";

    public override void Measure()
    {
        Field.Need(candidate => Setting.Sleepers.Start(candidate, Sleeper(candidate)));
        for (int i = 0; i < WarmUp + Setting.Effort.Calls; i++)
        {
            if (i == WarmUp)
                Field.Forget();
            Field.Each(candidate => candidate.Run());
            Field.Each(candidate => candidate.Cycle());
            Field.Each(candidate => candidate.Exec(Sleeper(candidate)));
            MeasureHarness();
        }
        foreach (Candidate candidate in Field.All)
            candidate.Discard(Sleeper(candidate));
    }

    public override IEnumerable<string> Draw()
    {
        List<Group> groups = [.. Array.ConvertAll(Operations, operation => Of(operation))];
        string harness = string.Create(CultureInfo.InvariantCulture, $"{OfHarness("start and wait").Median:0.00}");
        yield return Html.Figure(RangePlot.Draw("Latency per operation", "milliseconds (logarithmic)", "ms", groups),
            "Thin line: p5 to p95; box: quartiles; bar: median; mark: p99. From posix_spawn of the runtime's command to the end of its "
            + "process, as an engine waits for it; "
            + "the runtimes in turn, who is first changes with every turn. The benchmark's own part is that of starting and awaiting the "
            + "host's /bin/true: "
            + $"{harness} ms in the median, not subtracted.");
        yield return Html.Figure(DistributionPlot.Draw("Distribution per operation", "ms", groups),
            "The same samples: the share of calls that took no longer than that, drawn up to p99. Marks at p5, p50, p95 and p99.");
        yield return QuantileTable.Draw(groups, "ms", open: true);
        string[] single = Array.FindAll(Operations, static operation => !operation.Contains('+'));
        List<Group> processor = [.. Array.ConvertAll(single, operation => Of(operation + Candidate.Cpu))];
        yield return Html.Figure(RangePlot.Draw("Processor time per operation", "milliseconds (logarithmic)", "ms", processor),
            "User and system time of the command and of all that it waited for. Other load changes it less than the time that passes.");
        yield return QuantileTable.Draw(processor, "ms", open: true);
    }

    private void MeasureHarness()
    {
        long started = Stopwatch.GetTimestamp();
        Child.Start(["/bin/true"]).Wait();
        OfHarness("start and wait").Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private static string Sleeper(Candidate candidate) => candidate.Name + "-sleeper";
}
