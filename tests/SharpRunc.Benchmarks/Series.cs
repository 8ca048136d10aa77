using System;
using System.Collections.Generic;

namespace SharpRunc.Benchmarks;

/// <summary>Samples of one quantity.</summary>
internal sealed class Series
{
    private readonly List<double> samples = [];
    private double[]? sorted;

    public void Add(double sample)
    {
        samples.Add(sample);
        sorted = null;
    }

    /// <summary>One that was tried and gave no sample.</summary>
    public void Fail() => Failures++;

    public void Clear()
    {
        samples.Clear();
        sorted = null;
        Failures = 0;
    }

    public bool IsEmpty => samples.Count == 0;

    public int Failures { get; private set; }

    /// <summary>In the order in which they were taken.</summary>
    public IReadOnlyList<double> Samples => samples;

    public IReadOnlyList<double> Sorted => sorted ??= Sort();

    public double Median => Quantile(0.5);

    public double Minimum => Sorted[0];

    public double Maximum => Sorted[^1];

    /// <summary>Between two samples in a straight line, as R, NumPy and spreadsheets do by default.</summary>
    /// <param name="share">0 is the smallest sample, 1 the largest.</param>
    public double Quantile(double share)
    {
        double at = share * (Sorted.Count - 1);
        int below = (int)at, above = Math.Min(below + 1, Sorted.Count - 1);
        return Sorted[below] + (at - below) * (Sorted[above] - Sorted[below]);
    }

    private double[] Sort()
    {
        double[] copy = [.. samples];
        Array.Sort(copy);
        return copy;
    }
}
