using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace SharpRunc.Benchmarks;

/// <summary>The table of one mode: median (first quartile, minimum), and the ratio of each of the two to the other runtimes.</summary>
internal static class Report
{
    /// <summary>Other load on the machine only adds: the lower quarter of the samples is nearer to what a command costs.</summary>
    public const double Quartile = 0.25;

    public static void Print(IReadOnlyList<Candidate> candidates, IReadOnlyList<string> operations, string unit)
    {
        Console.Write($"{unit,-21}");
        foreach (Candidate candidate in candidates)
            Console.Write($"{candidate.Name,27}");
        foreach (Candidate other in candidates)
            if (other != candidates[0])
                Console.Write($"{"/ " + other.Name,16}");
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
            string figures = series.IsEmpty ? "—" : string.Create(CultureInfo.InvariantCulture,
                $"{series.Median:0.00} ({series.Quantile(Quartile):0.00}, {series.Minimum:0.00})");
            line.Append($"{figures,27}");
        }
        Series first = candidates[0][operation];
        foreach (Candidate other in candidates)
            if (other != candidates[0])
                line.Append(first.IsEmpty || other[operation].IsEmpty ? $"{"—",16}" : Ratios(first, other[operation]));
        return line.ToString();
    }

    private static string Ratios(Series ours, Series theirs)
    {
        double median = ours.Median / theirs.Median, quartile = ours.Quantile(Quartile) / theirs.Quantile(Quartile);
        return string.Create(CultureInfo.InvariantCulture, $"{$"{median:0.00} ({quartile:0.00})",16}");
    }
}
