using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>The numbers behind the plots: a row for each quantity and runtime, with the ratio of its median to each runtime's.</summary>
internal static class QuantileTable
{
    private static readonly double[] Shares = [0.05, 0.5, 0.95, 0.99, 1];

    public static string Draw(IReadOnlyList<Group> groups, string unit, bool open = false)
    {
        List<string> head = ["", "runtime", "n", "failed", "p5", $"median ({unit})", "p95", "p99", "max"];
        foreach (Row row in groups[0].Rows)
            head.Add("÷ " + row.Name);
        List<IReadOnlyList<string>> rows = [];
        foreach (Group group in groups)
            foreach (Row row in group.Rows)
                rows.Add(Cells(group, row));
        return Html.Details("The numbers", Html.Table(head, rows, "numbers"), open);
    }

    private static List<string> Cells(Group group, Row row)
    {
        List<string> cells = [row == group.Rows[0] ? group.Name : "", row.Name,
            row.Series.Samples.Count.ToString("N0", CultureInfo.InvariantCulture),
            row.Series.Failures.ToString(CultureInfo.InvariantCulture)];
        foreach (double share in Shares)
            cells.Add(row.Series.IsEmpty ? "—" : row.Series.Quantile(share).ToString("0.00", CultureInfo.InvariantCulture));
        foreach (Row other in group.Rows)
            cells.Add(row == other ? "" : row.Series.IsEmpty
                || other.Series.IsEmpty ? "—" : (row.Series.Median / other.Series.Median).ToString("0.00", CultureInfo.InvariantCulture));
        return cells;
    }
}
