using System;
using System.Collections.Generic;
using System.Text;

namespace SharpRunc.Core.Explaining;

/// <summary>Rows of cells; each column is as wide as its widest cell, and an empty column takes no space.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> rows = [];

    /// <summary>Must have as many cells as the first row.</summary>
    public void Add(params string[] cells) => rows.Add(cells);

    public void WriteTo(StringBuilder text)
    {
        if (rows.Count == 0)
            return;
        int[] widths = new int[rows[0].Length];
        foreach (string[] row in rows)
            for (int i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], row[i].Length);
        foreach (string[] row in rows)
        {
            int start = text.Length;
            for (int i = 0; i < row.Length; i++)
                if (widths[i] > 0)
                    text.Append(row[i].PadRight(widths[i] + 2));
            while (text.Length > start && text[^1] == ' ')
                text.Length--;
            text.Append('\n');
        }
    }
}
