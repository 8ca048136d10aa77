using System.Collections.Generic;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Benchmarks.Reporting.Sections;

/// <summary>Many execs into one container.</summary>
internal sealed class ExecStorm(Setting setting) : Volleys(setting, "storm", setting.Effort.Storms)
{
    private const int Lanes = 10;
    private const string Sustained = "sustained";

    public override string Title => "Exec storm";

    public override void Measure()
    {
        Field.Need(candidate => Setting.Sleepers.Start(candidate, Id(candidate)));
        MeasureLevels();
        for (int round = 0; round < Setting.Effort.Rounds; round++)
            Field.Each(Sustain);
        foreach (Candidate candidate in Field.All)
            candidate.Discard(Id(candidate));
    }

    public override IEnumerable<string> Draw()
    {
        yield return Html.Figure(LinePlot.Draw("Execs into one container at the same "
            + "time", "execs started at once (logarithmic)", logarithmic: true, Panels("execs")),
            "Medians with quartile bands. As above, with <code>exec</code>s of /bin/true into one running container instead of "
            + "containers.");
        List<Group> groups = [.. Latencies(), Of($"{Sustained} latency", $"{Lanes} lanes")];
        int total = Setting.Effort.Sustained * Setting.Effort.Rounds;
        yield return Html.Figure(RangePlot.Draw("Latency of one exec in the storm", "milliseconds (logarithmic)", "ms", groups),
            $"From each exec's own start to its own "
            + $"end. {Lanes} lanes: {total:N0} execs in {Setting.Effort.Rounds} rounds; as soon as one ends the next "
            + $"starts, {Lanes} at any time.");
        yield return Html.Figure(BarPlot.Draw("Execs per second, "
            + "sustained", "execs per second", "/s", 1, [Of($"{Sustained} per second", $"{Lanes} lanes")]),
            $"Median of {Setting.Effort.Rounds} rounds of {Setting.Effort.Sustained} execs over {Lanes} lanes.");
        yield return QuantileTable.Draw([.. groups, .. Walls()], "ms");
    }

    protected override string[] Command(Candidate candidate, int index) => candidate.Command("exec", Id(candidate), "/bin/true");

    protected override void Discard(Candidate candidate, int index)
    {
        // The container is still needed.
    }

    private void Sustain(Candidate candidate)
    {
        int total = Setting.Effort.Sustained;
        Count(candidate, Fly(Sustained, Lanes, total, index => Command(candidate, index), series => candidate[series]),
            $"{total} over {Lanes} lanes", total);
    }

    private static string Id(Candidate candidate) => candidate.Name + "-storm";
}
