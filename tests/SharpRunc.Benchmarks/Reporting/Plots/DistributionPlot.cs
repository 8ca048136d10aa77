using System;
using System.Collections.Generic;
using System.Text;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>
/// Empirical distribution functions, an operation a panel: how many of the calls took no longer than that. Marks at p5, p50, p95 and p99.
/// </summary>
internal static class DistributionPlot
{
    private const int Width = 940, PanelHeight = 150, PanelTop = 78, Pitch = PanelHeight + 84, Left = 66, Gap = 66, Columns = 3;

    private static readonly double[] Marked = [0.05, 0.5, 0.95, 0.99];

    public static string Draw(string title, string unit, IReadOnlyList<Group> panels)
    {
        Svg svg = new(Width, PanelTop + (panels.Count + Columns - 1) / Columns * Pitch - 34, title);
        Legend.Draw(svg, panels[0].Legend);
        double width = (Width - Left - 20 - Gap * (Columns - 1)) / (double)Columns;
        for (int i = 0; i < panels.Count; i++)
        {
            double left = Left + i % Columns * (width + Gap), top = PanelTop + i / Columns * Pitch;
            svg.Text(left, top - 8, panels[i].Name, "label");
            Panel(svg, left, top, width, unit, panels[i].Name, panels[i].Rows);
        }
        return svg.ToString();
    }

    private static void Panel(Svg svg, double left, double top, double width, string unit, string operation, IReadOnlyList<Row> rows)
    {
        double least = double.MaxValue, most = 0;
        foreach ((string _, int _, Series series) in rows)
            if (!series.IsEmpty)
                (least, most) = (Math.Min(least, series.Minimum), Math.Max(most, series.Quantile(0.99)));
        if (most == 0)
        {
            svg.Text(left, top + 20, "nothing was measured");
            return;
        }
        Frame frame = new(svg, left, top, width, PanelHeight, Scale.Logarithmic(least, most), Scale.Linear(100, 4));
        frame.Draw(unit, "% of calls");
        foreach ((string name, int style, Series series) in rows)
        {
            if (series.IsEmpty)
                continue;
            string tip = $"{name} {operation}: {RangePlot.Quantiles(series, unit)}";
            svg.Path(Steps(frame, series), $"line {Svg.Class(style)}", tip);
            foreach (double share in Marked)
                svg.Marker(frame.X(series.Quantile(share)), frame.Y(share * 100), style, tip, 3);
        }
    }

    /// <summary>Up to p99: what lies beyond is in the table, and would stretch the axis.</summary>
    private static string Steps(Frame frame, Series series)
    {
        StringBuilder path = new($"M{Svg.Number(frame.X(series.Minimum))} {Svg.Number(frame.Y(0))}");
        double last = series.Quantile(0.99);
        for (int i = 0; i < series.Sorted.Count && series.Sorted[i] <= last; i++)
            path.Append('H').Append(Svg.Number(frame.X(series.Sorted[i]))).Append('V')
                .Append(Svg.Number(frame.Y(100.0 * (i + 1) / series.Sorted.Count)));
        return path.Append('H').Append(Svg.Number(frame.X(last))).Append('V').Append(Svg.Number(frame.Y(99))).ToString();
    }
}
