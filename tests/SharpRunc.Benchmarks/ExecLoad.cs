using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks;

/// <summary>Many containers that sleep, each of them exec'd in turn, as health checks and probes do: what it costs the machine.</summary>
internal sealed class ExecLoad(Sleepers sleepers, int containers, int turns)
{
    public void Measure(IReadOnlyList<Candidate> candidates)
    {
        Dictionary<Candidate, List<string>> ids = [];
        foreach (Candidate candidate in candidates)
        {
            ids[candidate] = [];
            for (int i = 0; i < containers; i++)
                ids[candidate].Add(sleepers.Start(candidate, $"{candidate.Name}-{i}"));
        }
        for (int turn = 0; turn < turns; turn++)
            foreach (Candidate candidate in candidates)
                candidate.ExecInEach(ids[candidate]);
        foreach (Candidate candidate in candidates)
            foreach (string id in ids[candidate])
                candidate.Remove(id);
    }

    public void Print(IReadOnlyList<Candidate> candidates)
    {
        Console.Write($"{containers} containers of each runtime exec'd in turn; 100 of them once a second are");
        foreach (Candidate candidate in candidates)
            Console.Write(string.Create(CultureInfo.InvariantCulture, $" {candidate["exec CPU"].Median * 10:0} % ({candidate.Name})"));
        Console.WriteLine(" of a processor");
    }
}
