using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>A quantity a group, a runtime a bar, its number at the end.</summary>
internal static class BarPlot
{
    private const int Width = 940, Left = 290, Right = 90, Top = 64, RowHeight = 18, GroupGap = 14;

    public static string Draw(string title, string across, string unit, double divisor, IReadOnlyList<Group> groups)
    {
        double most = 0;
        int height = 0;
        foreach ((string _, IReadOnlyList<Row> rows) in groups)
        {
            height += rows.Count * RowHeight + GroupGap;
            foreach ((string _, int _, Series series) in rows)
                most = Math.Max(most, series.IsEmpty ? 0 : series.Median / divisor);
        }
        Svg svg = new(Width, Top + height + 46, title);
        Legend.Draw(svg, groups[0].Legend);
        Frame frame = new(svg, Left, Top, Width - Left - Right, height, Scale.Linear(most), Scale.Linear(1));
        frame.Verticals(across);
        double y = Top + GroupGap / 2;
        foreach ((string name, IReadOnlyList<Row> rows) in groups)
        {
            svg.Text(12, y + rows.Count * RowHeight / 2.0 + 4, name, "label");
            foreach ((string runtime, int style, Series series) in rows)
            {
                svg.Text(Left - 8, y + RowHeight / 2.0 + 4, runtime, anchor: "end");
                if (series.IsEmpty)
                    svg.Text(Left + 8, y + RowHeight / 2.0 + 4, "failed");
                else
                {
                    double value = series.Median / divisor;
                    svg.Rectangle(Left, y + 3, frame.X(value) - Left, RowHeight - 6, $"mark {Svg.Class(style)}",
                        $"{runtime} {name}: {Curve.Tell(series, "KiB")}");
                    svg.Text(frame.X(value) + 6, y + RowHeight / 2.0 + 4,
                        string.Create(CultureInfo.InvariantCulture, $"{value:0.00} {unit}"));
                }
                y += RowHeight;
            }
            y += GroupGap;
        }
        return svg.ToString();
    }
}
