using System;
using System.Collections.Generic;
using System.IO;

namespace SharpRunc.Conformance;

/// <summary>--list: what is tested, and what cannot be from outside.</summary>
internal static class Listing
{
    public static int Print(List<Test> tests)
    {
        string anchor = "";
        foreach (Test test in tests)
        {
            if (test.Anchor != anchor)
                Console.WriteLine($"\n{anchor = test.Anchor}");
            Console.WriteLine($"  {test.Id,-36} {test.Level,-8} {test.Text}");
        }
        Console.WriteLine("\nnot decided by a black box");
        foreach ((string id, string reason) in Undecided.Rows)
            Console.WriteLine($"  {id,-36} {reason}");
        Console.WriteLine($"\n{tests.Count} tests");
        return 0;
    }

    /// <param name="catalogue">Lines of id, tab and more; those without a tab, or with - or # first, are none.</param>
    /// <returns>1: an id is nowhere, or in both lists, or has two tests.</returns>
    public static int Compare(List<Test> tests, string catalogue)
    {
        Dictionary<string, int> known = [];
        foreach (string id in tests.ConvertAll(t => t.Id))
            known[id] = known.GetValueOrDefault(id) + 1;
        foreach ((string id, string _) in Undecided.Rows)
            known[id] = known.GetValueOrDefault(id) + 1;
        List<string> wrong = [];
        foreach ((string id, int times) in known)
            if (times > 1)
                wrong.Add($"{id} is there {times} times");
        foreach (string line in File.ReadAllLines(catalogue))
            if (line.Split('\t') is [{ } id, _, ..] && id is not ['-' or '#', ..] && !known.ContainsKey(id))
                wrong.Add($"{id} is neither tested nor said to be undecided");
        wrong.ForEach(Console.WriteLine);
        return wrong.Count == 0 ? 0 : 1;
    }
}
