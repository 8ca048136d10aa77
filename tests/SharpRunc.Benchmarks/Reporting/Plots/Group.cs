using System.Collections.Generic;

namespace SharpRunc.Benchmarks.Reporting.Plots;

/// <summary>What is drawn together: one quantity of every runtime.</summary>
internal sealed record Group(string Name, IReadOnlyList<Row> Rows)
{
    public IReadOnlyList<(string Name, int Style)> Legend
    {
        get
        {
            List<(string, int)> names = [];
            foreach (Row row in Rows)
                names.Add((row.Name, row.Style));
            return names;
        }
    }
}

/// <param name="Style">The runtime's colour and mark.</param>
/// <param name="Series">Without samples where it failed.</param>
internal sealed record Row(string Name, int Style, Series Series);
