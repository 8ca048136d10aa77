using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks;

/// <summary>What a container costs on a machine where each runtime has many others alive, beside what it costs on an empty one.</summary>
internal sealed class Crowd(Sleepers sleepers, int containers, int turns)
{
    private const string Prefix = "crowd ";
    private const double Bar = 1.2;

    private static readonly string[] Operations = ["create", "state", "start", "delete"];

    /// <summary>Alone, in the crowd, and alone again: what the machine itself does meanwhile counts for both.</summary>
    public void Measure(IReadOnlyList<Candidate> candidates)
    {
        Cycle(candidates, "alone ");
        foreach (Candidate candidate in candidates)
            for (int i = 0; i < containers; i++)
                sleepers.Start(candidate, Id(candidate, i));
        Cycle(candidates, Prefix);
        foreach (Candidate candidate in candidates)
            for (int i = 0; i < containers; i++)
                candidate.Remove(Id(candidate, i));
        Cycle(candidates, "alone ");
    }

    /// <summary>Prints how much each operation grew; false if one of ours grew by more than a fifth and by more than crun's.</summary>
    public bool Judge(IReadOnlyList<Candidate> candidates)
    {
        bool all = true;
        Console.WriteLine($"\n{containers} containers of each runtime alive, in medians:");
        foreach (string operation in Operations)
        {
            double limit = Bar, ours = Growth(candidates[0], operation);
            foreach (Candidate other in candidates)
                if (other.Name == "crun")
                    limit = Math.Max(limit, Growth(other, operation));
            all &= ours <= limit;
            Console.Write($"{(ours <= limit ? "pass" : "FAIL")}  {operation,-10}");
            foreach (Candidate candidate in candidates)
                Console.Write(string.Create(CultureInfo.InvariantCulture,
                    $"{candidate.Name,12} {candidate["alone " + operation].Median:0.00} → {candidate[Prefix + operation].Median:0.00} ms ({Growth(candidate, operation):0.00} ×)"));
            Console.WriteLine();
        }
        return all;
    }

    private void Cycle(IReadOnlyList<Candidate> candidates, string prefix)
    {
        for (int turn = 0; turn < turns; turn++)
            foreach (Candidate candidate in candidates)
                candidate.Cycle(prefix);
    }

    private static double Growth(Candidate candidate, string operation) => candidate[Prefix + operation].Median / candidate["alone " + operation].Median;

    private static string Id(Candidate candidate, int i) => $"{candidate.Name}-crowd-{i}";
}
