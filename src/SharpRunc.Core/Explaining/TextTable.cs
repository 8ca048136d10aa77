using System;
using System.Collections.Generic;
using System.Text;

namespace SharpRunc.Core.Explaining;

/// <summary>Rows of cells, each column as wide as its widest cell; an empty column takes no room.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> _rows = [];

    /// <summary>As many cells as the first row has.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    public void WriteTo(StringBuilder text)
    {
        if (_rows.Count == 0)
            return;
        int[] widths = new int[_rows[0].Length];
        foreach (string[] row in _rows)
            for (int i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], row[i].Length);
        foreach (string[] row in _rows)
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
