using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>A runtime's medians over something that was varied, each between its quartiles.</summary>
internal sealed record Curve(string Name, int Style, IReadOnlyList<Point> Points)
{
    /// <param name="seriesAt">The samples at each level; where there are none the curve has no point.</param>
    public static Curve Of(string name, int style, IReadOnlyList<int> levels, Func<int, Series> seriesAt, string unit)
    {
        List<Point> points = [];
        foreach (int level in levels)
        {
            Series series = seriesAt(level);
            if (!series.IsEmpty)
                points.Add(new Point(level, series.Quantile(0.25), series.Median, series.Quantile(0.75),
                    $"{name} at {level}: {Tell(series, unit)}"));
        }
        return new Curve(name, style, points);
    }

    public static string Tell(Series series, string unit) => string.Create(CultureInfo.InvariantCulture,
        $"median {series.Median:0.###} {unit}, quartiles {series.Quantile(0.25):0.###} and {series.Quantile(0.75):0.###}, n = {series.Samples.Count}");
}

internal readonly record struct Point(double X, double Low, double Middle, double High, string Tip);
