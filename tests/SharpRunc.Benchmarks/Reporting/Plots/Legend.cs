using System.Collections.Generic;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>Who is who, in a row below the title.</summary>
internal static class Legend
{
    public const double Height = 52;

    public static void Draw(Svg svg, IReadOnlyList<(string Name, int Style)> entries)
    {
        double x = 16;
        foreach ((string name, int style) in entries)
        {
            svg.Line(x - 6, 38, x + 18, 38, $"line {Svg.Class(style)}");
            if (style >= 0)
                svg.Marker(x + 6, 38, style);
            svg.Text(x + 24, 42, name);
            x += 46 + 7.5 * name.Length;
        }
    }
}
