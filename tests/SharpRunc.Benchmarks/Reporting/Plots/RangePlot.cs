using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>A distribution a row: line from p5 to p95, box from quartile to quartile, bar at the median, mark at p99.</summary>
internal static class RangePlot
{
    private const int Width = 940, Left = 230, Top = 64, RowHeight = 18, GroupGap = 12;

    /// <param name="groups">Each with the rows of its runtimes; a series without samples says so.</param>
    public static string Draw(string title, string across, string unit, IReadOnlyList<Group> groups)
    {
        double least = double.MaxValue, most = 0;
        int height = 0;
        foreach ((string _, IReadOnlyList<Row> rows) in groups)
        {
            height += rows.Count * RowHeight + GroupGap;
            foreach ((string _, int _, Series series) in rows)
                if (!series.IsEmpty)
                    (least, most) = (Math.Min(least, series.Quantile(0.05)), Math.Max(most, series.Quantile(0.99)));
        }
        Svg svg = new(Width, Top + height + 46, title);
        if (most == 0)
        {
            svg.Text(20, Top, "nothing was measured");
            return svg.ToString();
        }
        Legend.Draw(svg, groups[0].Legend);
        Frame frame = new(svg, Left, Top, Width - Left - 24, height, Scale.Logarithmic(least, most), Scale.Linear(1));
        frame.Verticals(across);
        double y = Top + GroupGap / 2;
        foreach ((string name, IReadOnlyList<Row> rows) in groups)
        {
            svg.Text(12, y + rows.Count * RowHeight / 2.0 + 4, name, "label");
            foreach ((string runtime, int style, Series series) in rows)
            {
                svg.Text(Left - 8, y + RowHeight / 2.0 + 4, runtime, anchor: "end");
                DrawRow(svg, frame, y + RowHeight / 2.0, style, series, $"{runtime} {name}: ", unit);
                y += RowHeight;
            }
            y += GroupGap;
        }
        return svg.ToString();
    }

    private static void DrawRow(Svg svg, Frame frame, double y, int style, Series series, string who, string unit)
    {
        if (series.IsEmpty)
        {
            svg.Text(Left + 8, y + 4, "failed");
            return;
        }
        string tip = who + Quantiles(series, unit), colour = Svg.Class(style);
        double X(double share) => frame.X(series.Quantile(share));
        svg.Line(X(0.05), y, X(0.95), y, $"line {colour}");
        svg.Rectangle(X(0.25), y - 5, Math.Max(X(0.75) - X(0.25), 1), 10, $"box {colour}", tip);
        svg.Rectangle(X(0.5) - 1.5, y - 7, 3, 14, $"mark {colour}", tip);
        svg.Marker(X(0.99), y, style, tip, 3);
    }

    public static string Quantiles(Series series, string unit) => string.Create(CultureInfo.InvariantCulture,
        $"p5 {series.Quantile(0.05):0.00}, p50 {series.Median:0.00}, p95 {series.Quantile(0.95):0.00}, p99 {series.Quantile(0.99):0.00} {unit}, n = {series.Samples.Count}");
}
