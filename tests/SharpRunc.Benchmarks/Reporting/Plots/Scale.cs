using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>Where a value lies along an axis, and which values are written beside it.</summary>
internal sealed class Scale
{
    private static readonly double[] Steps = [1, 2, 5];

    private readonly bool logarithmic;
    private readonly double from, to;

    private Scale(bool logarithmic, double from, double to, IReadOnlyList<double> ticks)
        => (this.logarithmic, this.from, this.to, Ticks) = (logarithmic, from, to, ticks);

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>From 0 to at least that much, in steps of 1, 2 or 5.</summary>
    public static Scale Linear(double most, int steps = 6)
    {
        most = most > 0 ? most : 1;
        double step = RoundUp(most / steps);
        List<double> ticks = [];
        int count = (int)Math.Ceiling(Math.Round(most / step, 9));
        for (int i = 0; i <= count; i++)
            ticks.Add(i * step);
        return new Scale(false, 0, ticks[^1], ticks);
    }

    /// <summary>From 1, 2 or 5 times a power of ten to another such number; beyond three decades only the powers are written.</summary>
    public static Scale Logarithmic(double least, double most)
    {
        double to = RoundUp(most), from = RoundDown(least);
        if (from >= to)
            to = RoundUp(from * 1.5);
        List<double> ticks = [];
        for (double decade = Math.Pow(10, Math.Floor(Math.Log10(from))); decade <= to * 1.0001; decade *= 10)
            foreach (double step in to / from > 1000 ? [1] : Steps)
                if (decade * step >= from * 0.9999 && decade * step <= to * 1.0001)
                    ticks.Add(decade * step);
        return new Scale(true, from, to, ticks);
    }

    /// <summary>0 … 1.</summary>
    public double At(double value) => logarithmic ? Math.Log(value / from) / Math.Log(to / from) : (value - from) / (to - from);

    public static string Label(double tick)
        => tick >= 10000 ? tick.ToString("N0", CultureInfo.InvariantCulture) : Math.Round(tick, 6).ToString(CultureInfo.InvariantCulture);

    private static double RoundUp(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        foreach (double step in Steps)
            if (value <= step * power * 1.0000001)
                return step * power;
        return 10 * power;
    }

    private static double RoundDown(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        for (int i = Steps.Length - 1; i > 0; i--)
            if (value >= Steps[i] * power * 0.9999999)
                return Steps[i] * power;
        return power;
    }
}
