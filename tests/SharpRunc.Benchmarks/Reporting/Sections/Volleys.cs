using System;
using System.Collections.Generic;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Benchmarks.Reporting.Sections;

/// <summary>Commands started at the same time, at several levels, every runtime in turn.</summary>
internal abstract class Volleys(Setting setting, string name, IReadOnlyList<int> levels) : Section(setting, name)
{
    protected IReadOnlyList<int> Levels => levels;

    public override string Unit(string series) => series.EndsWith("per second", StringComparison.Ordinal) ? "1/s" : "ms";

    /// <param name="command">Of the index 0 … total - 1.</param>
    protected abstract string[] Command(Candidate candidate, int index);

    /// <summary>Removes what a command that failed may have left.</summary>
    protected abstract void Discard(Candidate candidate, int index);

    protected void MeasureLevels()
    {
        for (int round = 0; round < Setting.Effort.Rounds; round++)
            foreach (int level in levels)
            {
                Field.Each(candidate => Burst(candidate, level, round));
                for (int burst = 0; burst < Bursts(level); burst++)
                    Fly($"{level}", level, level, _ => ["/bin/true"], OfHarness);
            }
    }

    private void Burst(Candidate candidate, int level, int round)
    {
        for (int burst = 0; burst < Bursts(level); burst++)
            Count(candidate, Fly($"{level}", level, level, index => Command(candidate, index), series => candidate[series]),
                $"{level} at once, round {round + 1}", level);
    }

    protected Flight Fly(string prefix, int atOnce, int total, Func<int, string[]> command, Func<string, Series> series)
    {
        Flight flight = new(Setting.Host.Work);
        double wall = flight.Run(atOnce, total, command);
        foreach (double latency in flight.Latencies)
            series($"{prefix} latency").Add(latency);
        foreach ((int _, string _) in flight.Failures)
            series($"{prefix} latency").Fail();
        if (flight.Failures.Count > 0)
        {
            // How long a volley takes of which some did nothing says nothing.
            series($"{prefix} wall").Fail();
            series($"{prefix} per second").Fail();
            return flight;
        }
        series($"{prefix} wall").Add(wall);
        series($"{prefix} per second").Add(total / wall * 1000);
        return flight;
    }

    protected void Count(Candidate candidate, Flight flight, string what, int total)
    {
        if (flight.Failures.Count == 0)
            return;
        foreach ((int index, string _) in flight.Failures)
            Discard(candidate, index);
        string message = $"{what}: {flight.Failures.Count} of {total} failed; the first: {flight.Failures[0].Message}";
        if (flight.Failures.Count == total)
            throw new InvalidOperationException(message);
        Field.Note(candidate, message);
    }

    protected List<(string, IReadOnlyList<Curve>)> Panels(string things) =>
    [
        ("until the last has ended, ms", Curves(levels, level => $"{level} wall", "ms", harness: true)),
        ($"{things} per second", Curves(levels, level => $"{level} per second", "per second")),
    ];

    /// <summary>Of each single command at each level.</summary>
    protected List<Group> Latencies() => Each("latency", "at once");

    /// <summary>Of each burst as a whole.</summary>
    protected List<Group> Walls() => Each("wall", "at once, until the last has ended");

    private List<Group> Each(string series, string shown)
    {
        List<Group> groups = [];
        foreach (int level in levels)
            groups.Add(Of($"{level} {series}", $"{level} {shown}"));
        return groups;
    }

    private int Bursts(int level) => Math.Max(1, Setting.Effort.LeastARound / level);
}
