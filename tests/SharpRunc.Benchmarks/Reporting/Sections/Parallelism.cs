using System.Collections.Generic;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Benchmarks.Reporting.Sections;

/// <summary>Whole containers at the same time.</summary>
internal sealed class Parallelism(Setting setting) : Volleys(setting, "parallel", setting.Effort.Bursts)
{
    private IReadOnlyList<string> bundles = [];

    public override string Title => "Parallelism";

    public override void Measure()
    {
        bundles = Setting.Bundles(Levels[^1]);
        MeasureLevels();
    }

    public override IEnumerable<string> Draw()
    {
        yield return Html.Figure(LinePlot.Draw("Whole containers at the same "
            + "time", "containers started at once (logarithmic)", logarithmic: true, Panels("containers")),
            "Medians with quartile bands. A burst is that many <code>run</code>s of /bin/true, each with a bundle and a cgroup of its "
            + "own, started one right after another by one thread that then waits for "
            + "whichever ends; the clock runs until the last has ended. Grey: the same with the host's /bin/true, which is what the "
            + "benchmark itself takes. Bursts of which a container failed are counted below "
            + "and have no time.");
        yield return Html.Figure(RangePlot.Draw("Latency of one container's run while others are "
            + "started", "milliseconds (logarithmic)", "ms", Latencies()),
            "Of the same bursts: from each container's own start to its own end.");
        yield return QuantileTable.Draw([.. Latencies(), .. Walls()], "ms");
    }

    protected override string[] Command(Candidate candidate, int index)
        => candidate.Command("run", "--bundle", bundles[index], $"{candidate.Name}-{index}");

    protected override void Discard(Candidate candidate, int index) => candidate.Discard($"{candidate.Name}-{index}");
}
