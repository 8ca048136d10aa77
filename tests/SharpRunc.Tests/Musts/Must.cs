using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Musts;

/// <summary>One sentence of the specification, in our words.</summary>
/// <param name="Section">The document and the anchor before the sentence: config.md#configRoot.</param>
/// <param name="Id">What tests call it; "-" where it is not for a runtime on Linux.</param>
/// <param name="Lines">Where it stands in the document.</param>
/// <param name="Level">MUST, MUST NOT or REQUIRED.</param>
/// <param name="Note">What there is to add: where we deviate, or why there is no test; or empty.</param>
internal sealed record Must(string Section, string Id, int[] Lines, string Level, string Words, string Note)
{
    public const string Nobody = "-";

    public string Document => Section[..Section.IndexOf('#', StringComparison.Ordinal)];

    public string Anchor => Section[(Section.IndexOf('#', StringComparison.Ordinal) + 1)..];

    /// <summary>The catalogue, in the specification's order.</summary>
    public static List<Must> All()
    {
        List<Must> all = [];
        string section = "";
        foreach (string line in File.ReadLines(Repository.Data("musts", "catalogue.tsv")))
        {
            string[] cells = line.Split('\t');
            if (line.StartsWith('#'))
                continue;
            if (cells.Length == 1)
                section = line;
            else
                all.Add(new Must(section, cells[0], Numbers(cells[1].Split(',')), cells[2], cells[3], cells.Length > 4 ? cells[4] : ""));
        }
        return all;
    }

    /// <summary>The lines of the specification that hold a MUST, by section.</summary>
    public static Dictionary<string, int[]> LinesOfTheSpecification()
    {
        Dictionary<string, int[]> lines = [];
        foreach (string line in File.ReadLines(Repository.Data("musts", "lines.txt")))
            if (!line.StartsWith('#') && line.Split(' ') is [string section, .. string[] numbers])
                lines.Add(section, Numbers(numbers));
        return lines;
    }

    private static int[] Numbers(string[] texts) => Array.ConvertAll(texts, text => int.Parse(text, CultureInfo.InvariantCulture));
}
