using System;
using System.Globalization;
using System.Net;
using System.Text;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>One drawing. Colours are classes, so that the page's style decides them, light or dark.</summary>
internal sealed class Svg(int width, int height, string title)
{
    private readonly StringBuilder body = new();

    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Two decimals are less than a pixel can show.</summary>
    public static string Number(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    public void Line(double x1, double y1, double x2, double y2, string @class)
        => Add("line", $"x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\"", @class, null);

    /// <param name="tip">What a pointer that rests there is told: exact numbers.</param>
    public void Rectangle(double x, double y, double w, double h, string @class, string? tip = null)
        => Add("rect", $"x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(w)}\" height=\"{Number(h)}\"", @class, tip);

    public void Path(string d, string @class, string? tip = null) => Add("path", $"d=\"{d}\"", @class, tip);

    /// <param name="anchor">start, middle or end.</param>
    public void Text(double x, double y, string text, string @class = "tick", string anchor = "start", bool upwards = false)
    {
        string turn = upwards ? $" transform=\"rotate(-90 {Number(x)} {Number(y)})\"" : "";
        body.Append($"<text x=\"{Number(x)}\" y=\"{Number(y)}\" class=\"{@class}\" text-anchor=\"{anchor}\"{turn}>{Escape(text)}</text>\n");
    }

    /// <summary>A form for each runtime beside its colour: who does not see the one sees the other.</summary>
    public void Marker(double x, double y, int style, string? tip = null, double size = 4)
    {
        (double left, double right, double top, double bottom) = (x - size, x + size, y - size, y + size);
        string form = (style % 4) switch
        {
            0 =>
                $"M{Number(left)} {Number(y)}a{Number(size)} {Number(size)} 0 1 0 {Number(2 * size)} 0a{Number(size)} {Number(size)} 0 1 0 {Number(-2 * size)} 0z",
            1 => $"M{Number(left)} {Number(top)}H{Number(right)}V{Number(bottom)}H{Number(left)}z",
            2 => $"M{Number(x)} {Number(top)}L{Number(right)} {Number(bottom)}H{Number(left)}z",
            _ => $"M{Number(x)} {Number(top)}L{Number(right)} {Number(y)}L{Number(x)} {Number(bottom)}L{Number(left)} {Number(y)}z",
        };
        Path(form, $"mark {Class(style)}", tip);
    }

    /// <summary>The class of the runtime that was named at that place; below 0 it is the harness.</summary>
    public static string Class(int style) => style < 0 ? "harness" : "s" + style % 6;

    public override string ToString()
        => $"<svg viewBox=\"0 0 {width} {height}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">\n<title>{Escape(title)}</title>\n"
            + $"<text x=\"10\" y=\"20\" class=\"heading\">{Escape(title)}</text>\n{body}</svg>\n";

    private void Add(string element, string geometry, string @class, string? tip)
        => body.Append($"<{element} {geometry} class=\"{@class}\"")
        .Append(tip is null ? "/>\n" : $"><title>{Escape(tip)}</title></{element}>\n");
}
