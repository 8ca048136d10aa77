using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks;

/// <summary>
/// What a container costs on a machine where many others live, made by all of the runtimes in turn, beside what it costs on an empty one.
/// </summary>
internal sealed class Crowd(Population population, int containers, int turns)
{
    private const string Prefix = "crowd ";
    private const double Bar = 1.2;

    private static readonly string[] Operations = ["create", "state", "start", "delete"];

    /// <summary>Alone, in the crowd, and alone again: what the machine itself does meanwhile counts for both.</summary>
    public void Measure(IReadOnlyList<Candidate> candidates)
    {
        Cycle(candidates, "alone ");
        population.Grow(candidates, containers);
        Cycle(candidates, Prefix);
        population.Clear();
        Cycle(candidates, "alone ");
    }

    /// <summary>
    /// Prints how much each operation grew; false if one of ours grew by more than a fifth, and by more milliseconds than crun's: what the
    /// kernel wants is the same for both, and a larger part of the shorter one.
    /// </summary>
    public bool Judge(IReadOnlyList<Candidate> candidates)
    {
        bool all = true;
        Console.WriteLine($"\n{containers} containers alive, in medians:");
        foreach (string operation in Operations)
        {
            bool pass = Ratio(candidates[0], operation) <= Bar;
            foreach (Candidate other in candidates)
                pass |= other.Name == "crun" && Growth(candidates[0], operation) <= Growth(other, operation);
            all &= pass;
            Console.Write($"{(pass ? "pass" : "FAIL")}  {operation,-10}");
            foreach (Candidate candidate in candidates)
                Console.Write(string.Create(CultureInfo.InvariantCulture,
                    $"{candidate.Name,12} {candidate["alone " + operation].Median:0.00} → {candidate[Prefix + operation].Median:0.00} ms ({Ratio(candidate, operation):0.00} ×)"));
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

    private static double Ratio(Candidate candidate, string operation)
        => candidate[Prefix + operation].Median / candidate["alone " + operation].Median;

    private static double Growth(Candidate candidate, string operation)
        => candidate[Prefix + operation].Median - candidate["alone " + operation].Median;
}
