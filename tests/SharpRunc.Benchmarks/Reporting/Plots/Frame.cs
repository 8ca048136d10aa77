namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>A rectangle with two axes.</summary>
internal sealed class Frame(Svg svg, double left, double top, double width, double height, Scale horizontal, Scale vertical)
{
    public double X(double value) => left + width * horizontal.At(value);

    public double Y(double value) => top + height * (1 - vertical.At(value));

    /// <param name="upwards">What the vertical axis is, with its unit.</param>
    public void Draw(string across, string upwards)
    {
        Verticals(across);
        foreach (double tick in vertical.Ticks)
        {
            svg.Line(left, Y(tick), left + width, Y(tick), "grid");
            svg.Text(left - 6, Y(tick) + 4, Scale.Label(tick), anchor: "end");
        }
        svg.Text(left - 48, top + height / 2, upwards, "label", "middle", upwards: true);
    }

    /// <summary>Only the horizontal axis: rows have names instead of numbers.</summary>
    public void Verticals(string across)
    {
        double written = double.NegativeInfinity;
        foreach (double tick in horizontal.Ticks)
        {
            svg.Line(X(tick), top, X(tick), top + height, "grid");
            string label = Scale.Label(tick);
            // One that would touch the last is left out; its line stays.
            if (X(tick) - written < 8 + 7 * label.Length)
                continue;
            svg.Text(X(tick), top + height + 16, label, anchor: "middle");
            written = X(tick);
        }
        svg.Line(left, top + height, left + width, top + height, "axis");
        svg.Line(left, top, left, top + height, "axis");
        svg.Text(left + width / 2, top + height + 34, across, "label", "middle");
    }
}
