using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace SharpRunc.Benchmarks;

/// <summary>The table of one mode: median (minimum), and the median's ratio to each of the other runtimes.</summary>
internal static class Report
{
    public static void Print(IReadOnlyList<Candidate> candidates, IReadOnlyList<string> operations, string unit)
    {
        Console.Write($"{unit,-21}");
        foreach (Candidate candidate in candidates)
            Console.Write($"{candidate.Name,20}");
        foreach (Candidate other in candidates)
            if (other != candidates[0])
                Console.Write($"{"/ " + other.Name,10}");
        Console.WriteLine();
        foreach (string operation in operations)
            Console.WriteLine(Line(candidates, operation));
    }

    private static string Line(IReadOnlyList<Candidate> candidates, string operation)
    {
        StringBuilder line = new($"{operation,-21}");
        foreach (Candidate candidate in candidates)
        {
            Series series = candidate[operation];
            line.Append(series.IsEmpty ? $"{"—",20}" : string.Create(CultureInfo.InvariantCulture,
                $"{$"{series.Median:0.00} ({series.Minimum:0.00})",20}"));
        }
        Series first = candidates[0][operation];
        foreach (Candidate other in candidates)
            if (other != candidates[0])
                line.Append(first.IsEmpty || other[operation].IsEmpty ? $"{"—",10}"
                    : string.Create(CultureInfo.InvariantCulture, $"{first.Median / other[operation].Median,10:0.00}"));
        return line.ToString();
    }
}
