using System.Collections.Generic;

namespace SharpRunc.Benchmarks;

/// <summary>Samples of one quantity.</summary>
internal sealed class Series
{
    private readonly List<double> samples = [];
    private bool sorted;

    public void Add(double sample)
    {
        samples.Add(sample);
        sorted = false;
    }

    public void Clear() => samples.Clear();

    public bool IsEmpty => samples.Count == 0;

    public double Median
    {
        get
        {
            Sort();
            int middle = samples.Count / 2;
            return samples.Count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
        }
    }

    public double Minimum
    {
        get
        {
            Sort();
            return samples[0];
        }
    }

    private void Sort()
    {
        if (!sorted)
            samples.Sort();
        sorted = true;
    }
}
