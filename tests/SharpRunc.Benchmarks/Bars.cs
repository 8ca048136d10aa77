using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks;

/// <summary>What the project promises, in medians: each bar is one line of the table.</summary>
internal static class Bars
{
    private const string Ours = "sharprunc";

    private static readonly (string Mode, string Operation, string Other, double Factor, double Allowance)[] Table =
    [
        (Modes.Installed, "run", "crun", 0.85, 0),
        (Modes.Installed, "run", "runc", 0.30, 0),
        (Modes.Installed, "create+start+delete", "crun", 0.75, 0),
        (Modes.Installed, "state", "crun", 0.80, 0),
        (Modes.Installed, "init PSS", "crun", 1.00, 1024),
        (Modes.Installed, "memory limit", "crun", 1.00, 0),
        (Modes.Installed, "exec", "crun", 0.75, 0),
        (Modes.Installed, "exec", "runc", 0.25, 0),
        (Modes.Installed, "exec --detach", "crun", 0.75, 0),
        (Modes.Installed, "exec --detach", "runc", 0.25, 0),
        (Modes.Limited, "run", "crun", 0.85, 0),
        (Modes.Limited, "run", "runc", 0.30, 0),
        (Modes.Limited, "create+start+delete", "crun", 0.75, 0),
        (Modes.ReadOnly, "run", "crun", 0.75, 0),
        (Modes.ReadOnly, "create+start+delete", "crun", 0.70, 0),
        (Modes.ReadOnly, "exec", "crun", 0.70, 0),
        (Modes.ReadOnly, "exec --detach", "crun", 0.70, 0),
    ];

    /// <summary>Prints pass or fail for each bar of a mode; false if one fails.</summary>
    public static bool Judge(string mode, IReadOnlyList<Candidate> candidates)
    {
        bool all = true;
        foreach ((string of, string operation, string otherName, double factor, double allowance) in Table)
        {
            if (of != mode || Find(candidates, Ours) is not { } ours || Find(candidates, otherName) is not { } other
                || ours[operation].IsEmpty || other[operation].IsEmpty)
                continue;
            double value = ours[operation].Median, limit = other[operation].Median * factor + allowance;
            bool pass = value <= limit;
            all &= pass;
            string bar = allowance == 0 ? $"≤ {factor:0.00} × {otherName}" : $"≤ {otherName} + {allowance:0} KiB";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(pass ? "pass" : "FAIL")}  {operation,-20} {bar,-20} is {value / other[operation].Median:0.00} ×"));
        }
        return all;
    }

    private static Candidate? Find(IReadOnlyList<Candidate> candidates, string name)
    {
        foreach (Candidate candidate in candidates)
            if (candidate.Name == name)
                return candidate;
        return null;
    }
}

/// <summary>How the runtimes are installed while they are measured.</summary>
internal static class Modes
{
    public const string Installed = "as installed", ReadOnly = "each on a read-only bind of itself",
        Limited = "as installed, every controller set";
}
