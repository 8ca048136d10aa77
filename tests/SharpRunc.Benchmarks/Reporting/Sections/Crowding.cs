using System.Collections.Generic;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Benchmarks.Reporting.Sections;

/// <summary>The operations among more and more containers that live.</summary>
internal sealed class Crowding(Setting setting) : Section(setting, "crowd")
{
    private static readonly string[] Operations = ["create", "start", "state", "delete"];

    public override string Title => "Cost among live containers";

    public override void Measure()
    {
        Population population = new(Setting.Sleepers);
        foreach (int crowd in Setting.Effort.Crowds)
        {
            while (population.Count < crowd && Field.Left is { Count: > 0 } owners)
                Field.Try(owners[population.Count % owners.Count], population.Add);
            Cycles(crowd);
        }
        population.Clear();
        // Alone again: what the machine itself did meanwhile counts for both.
        Cycles(0);
    }

    public override IEnumerable<string> Draw()
    {
        List<(string, IReadOnlyList<Curve>)> panels = [];
        foreach (string operation in Operations)
            panels.Add(($"{operation}, ms", Curves(Setting.Effort.Crowds, crowd => $"{crowd} {operation}", "ms")));
        yield return Html.Figure(LinePlot.Draw("Latency while other containers live", "live containers", logarithmic: false, panels),
            "Medians with quartile bands. The others sleep; they were made by all of the runtimes in turn, so that each finds its own and "
            + "the others' among them. "
            + "At 0 half of the samples were taken before the crowd came and half after it had gone.");
        List<Group> first = [], last = [];
        foreach (string operation in Operations)
        {
            first.Add(Of($"0 {operation}", $"{operation}, alone"));
            last.Add(Of($"{Setting.Effort.Crowds[^1]} {operation}", $"{operation}, among {Setting.Effort.Crowds[^1]}"));
        }
        yield return QuantileTable.Draw([.. first, .. last], "ms");
    }

    private void Cycles(int crowd)
    {
        for (int turn = 0; turn < Setting.Effort.CrowdTurns; turn++)
            Field.Each(candidate => candidate.Cycle($"{crowd} "));
    }
}
