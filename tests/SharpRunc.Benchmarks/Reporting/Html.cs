using System.Collections.Generic;
using System.Text;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>The few elements that the page is made of.</summary>
internal static class Html
{
    /// <param name="method">How it was measured; HTML.</param>
    public static string Figure(string svg, string method) => $"<figure>\n{svg}<figcaption>{method}</figcaption>\n</figure>\n";

    /// <summary>The cells are text; the first column names the row.</summary>
    public static string Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows, string @class = "")
    {
        StringBuilder table = new($"<div class=\"wide\"><table class=\"{@class}\">\n<thead><tr>");
        foreach (string cell in head)
            table.Append($"<th>{Svg.Escape(cell)}</th>");
        table.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            table.Append($"<tr><th>{Svg.Escape(row[0])}</th>");
            for (int i = 1; i < row.Count; i++)
                table.Append($"<td>{Svg.Escape(row[i])}</td>");
            table.Append("</tr>\n");
        }
        return table.Append("</tbody></table></div>\n").ToString();
    }

    public static string Details(string summary, string content, bool open)
        => $"<details{(open ? " open=\"open\"" : "")}><summary>{Svg.Escape(summary)}</summary>\n{content}</details>\n";

    public static string List(IEnumerable<string> items, string @class)
    {
        StringBuilder list = new($"<ul class=\"{@class}\">\n");
        foreach (string item in items)
            list.Append($"<li>{Svg.Escape(item)}</li>\n");
        return list.Append("</ul>\n").ToString();
    }
}
