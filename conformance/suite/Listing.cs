using System;
using System.Collections.Generic;

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
}
