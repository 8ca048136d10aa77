using System;
using System.Collections.Generic;
using System.Text;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>Curves in one or more panels beside each other, with a band from quartile to quartile.</summary>
internal static class LinePlot
{
    private const int Width = 940, PanelHeight = 240, PanelTop = 76, Pitch = PanelHeight + 72, Left = 66, Gap = 84;

    /// <param name="panels">Each with what its vertical axis is.</param>
    public static string Draw(string title, string across, bool logarithmic,
        params IReadOnlyList<(string Upwards, IReadOnlyList<Curve> Curves)> panels)
    {
        int columns = Math.Min(panels.Count, 2), rows = (panels.Count + columns - 1) / columns;
        Svg svg = new(Width, PanelTop + rows * Pitch - 20, title);
        Legend.Draw(svg, [.. Named(panels[0].Curves)]);
        double width = (Width - Left - 20 - Gap * (columns - 1)) / (double)columns;
        for (int i = 0; i < panels.Count; i++)
            Panel(svg, Left + i % columns * (width + Gap), PanelTop + i / columns * Pitch, width, across, logarithmic, panels[i].Upwards,
                panels[i].Curves);
        return svg.ToString();
    }

    private static void Panel(Svg svg, double left, double top, double width, string across, bool logarithmic, string upwards,
        IReadOnlyList<Curve> curves)
    {
        double least = double.MaxValue, most = 0, highest = 0, lowest = double.MaxValue;
        foreach (Curve curve in curves)
            foreach (Point point in curve.Points)
            {
                (least, most) = (Math.Min(least, point.X), Math.Max(most, point.X));
                (lowest, highest) = (Math.Min(lowest, point.Low), Math.Max(highest, point.High));
            }
        if (most < least)
        {
            svg.Text(left, top + 20, "nothing was measured");
            return;
        }
        // Beside a runtime that takes twenty times as long the others would all be one line.
        bool wide = lowest > 0 && highest / lowest > 20;
        Frame frame = new(svg, left, top, width, PanelHeight, logarithmic ? Scale.Logarithmic(least, most) : Scale.Linear(most, 5),
            wide ? Scale.Logarithmic(lowest, highest) : Scale.Linear(highest));
        frame.Draw(across, upwards);
        foreach (Curve curve in curves)
            if (curve.Points.Count > 1)
                svg.Path(Band(frame, curve.Points), $"band {Svg.Class(curve.Style)}");
        foreach (Curve curve in curves)
        {
            svg.Path(Line(frame, curve.Points), $"line {Svg.Class(curve.Style)}");
            foreach (Point point in curve.Points)
                svg.Marker(frame.X(point.X), frame.Y(point.Middle), curve.Style, point.Tip, curve.Style < 0 ? 2 : 4);
        }
    }

    private static string Line(Frame frame, IReadOnlyList<Point> points)
    {
        StringBuilder path = new();
        foreach (Point point in points)
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Svg.Number(frame.X(point.X))).Append(' ')
                .Append(Svg.Number(frame.Y(point.Middle)));
        return path.ToString();
    }

    private static string Band(Frame frame, IReadOnlyList<Point> points)
    {
        StringBuilder path = new();
        foreach (Point point in points)
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Svg.Number(frame.X(point.X))).Append(' ')
                .Append(Svg.Number(frame.Y(point.High)));
        for (int i = points.Count - 1; i >= 0; i--)
            path.Append('L').Append(Svg.Number(frame.X(points[i].X))).Append(' ').Append(Svg.Number(frame.Y(points[i].Low)));
        return path.Append('z').ToString();
    }

    private static IEnumerable<(string Name, int Style)> Named(IReadOnlyList<Curve> curves)
    {
        foreach (Curve curve in curves)
            yield return (curve.Name, curve.Style);
    }
}
