using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Documents;

/// <summary>What an error's code means: a row of the tables in troubleshooting.md, which is part of the binary.</summary>
/// <param name="Messages">Parts of the messages that have the code; the part that the kernel adds is not among them.</param>
/// <param name="See">The specification's anchor, or a manual page; "": there is none.</param>
internal sealed record ErrorPage(string Code, string[] Messages, string Cause, string Remedy, string See)
{
    private const string Document = "troubleshooting.md", Header = "| Code |";
    private const int Columns = 5;

    /// <summary>All of them, in the document's order.</summary>
    public static List<ErrorPage> All()
    {
        List<ErrorPage> pages = [];
        bool inTable = false;
        foreach (string line in Text().Split('\n'))
        {
            if (!line.StartsWith('|'))
                inTable = false;
            else if (line.StartsWith(Header, StringComparison.Ordinal))
                inTable = true;
            else if (inTable && line.Split('|', StringSplitOptions.TrimEntries) is { Length: Columns + 2 } cells && cells[1][0] != '-')
                pages.Add(new(cells[1], Quoted(cells[2]), Plain(cells[3]), Plain(cells[4]), cells[5]));
        }
        return pages;
    }

    /// <summary>With a final newline.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        text.Append(Code).Append('\n');
        Append(text, "Cause", [Cause]);
        Append(text, "What to do", [Remedy]);
        Append(text, "Messages", Messages);
        if (See.Length > 0)
            Append(text, "See", [See]);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string title, string[] lines)
    {
        const int Width = 12;
        for (int i = 0; i < lines.Length; i++)
            text.Append("  ").Append((i == 0 ? title : "").PadRight(Width)).Append(lines[i]).Append('\n');
    }

    private static string[] Quoted(string cell)
    {
        string[] parts = cell.Split('`');
        List<string> quoted = [];
        for (int i = 1; i < parts.Length; i += 2)
            quoted.Add(parts[i]);
        return [.. quoted];
    }

    private static string Plain(string cell) => cell.Replace("`", "", StringComparison.Ordinal);

    private static string Text()
    {
        using Stream stream = typeof(ErrorPage).Assembly.GetManifestResourceStream(Document)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return KernelText.Decode(bytes);
    }
}
