using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Benchmarks;

/// <summary>What the project promises: each bar is one line of the table.</summary>
internal static class Bars
{
    private const string Ours = "sharprunc";

    /// <summary>crun 1.28, for RUNTIMES=crun28=FILE.</summary>
    private const string Newer = "crun28";

    private static readonly Bar[] Table =
    [
        new(Modes.Installed, "run", "crun", 0.85),
        new(Modes.Installed, "run", "runc", 0.30),
        new(Modes.Installed, "create+start+delete", "crun", 0.75),
        new(Modes.Installed, "state", "crun", 0.60),
        new(Modes.Installed, "init PSS", "crun", 1.00, Allowance: 1024),
        new(Modes.Installed, "memory limit", "crun", 1.00),
        new(Modes.Installed, "exec", "crun", 0.75),
        new(Modes.Installed, "exec", "runc", 0.25),
        new(Modes.Installed, "exec --detach", "crun", 0.75),
        new(Modes.Installed, "exec --detach", "runc", 0.25),
        new(Modes.Limited, "run", "crun", 0.85),
        new(Modes.Limited, "run", "runc", 0.30),
        new(Modes.Limited, "create+start+delete", "crun", 0.75),
        new(Modes.ReadOnly, "run", "crun", 0.75),
        new(Modes.ReadOnly, "create+start+delete", "crun", 0.70),
        new(Modes.ReadOnly, "exec", "crun", 0.70),
        new(Modes.ReadOnly, "exec --detach", "crun", 0.70),
        new(Modes.ReadOnly, "run" + Candidate.Cpu, Newer, 0.80, OfQuartile: true),
        new(Modes.ReadOnly, "create" + Candidate.Cpu, Newer, 0.75, OfQuartile: true),
        new(Modes.ReadOnly, "start" + Candidate.Cpu, Newer, 0.70, OfQuartile: true),
        new(Modes.ReadOnly, "delete" + Candidate.Cpu, Newer, 0.75, OfQuartile: true),
        new(Modes.ReadOnly, "exec" + Candidate.Cpu, Newer, 0.70, OfQuartile: true),
        new(Modes.ReadOnly, "exec --detach" + Candidate.Cpu, Newer, 0.80, OfQuartile: true),
        new(Modes.ReadOnly, "state" + Candidate.Cpu, Newer, 0.50, OfQuartile: true),
    ];

    /// <param name="Factor">Of the other runtime's figure.</param>
    /// <param name="Allowance">KiB beyond it.</param>
    /// <param name="OfQuartile">First quartiles are compared, and not medians.</param>
    private sealed record Bar(string Mode, string Operation, string Other, double Factor, double Allowance = 0, bool OfQuartile = false);

    /// <summary>Prints pass or fail for each bar of a mode; false if one fails.</summary>
    public static bool Judge(string mode, IReadOnlyList<Candidate> candidates)
    {
        bool all = true;
        foreach (Bar bar in Table)
        {
            if (bar.Mode != mode || Find(candidates, Ours) is not { } ours || Find(candidates, bar.Other) is not { } other)
                continue;
            Series own = ours[bar.Operation], theirs = other[bar.Operation];
            if (own.IsEmpty || theirs.IsEmpty)
                continue;
            double share = bar.OfQuartile ? Report.Quartile : 0.5;
            double value = own.Quantile(share), reference = theirs.Quantile(share);
            bool pass = value <= reference * bar.Factor + bar.Allowance;
            all &= pass;
            string limit = bar.Allowance == 0 ? $"≤ {bar.Factor:0.00} × {bar.Other}" : $"≤ {bar.Other} + {bar.Allowance:0} KiB";
            string verdict = pass ? "pass" : "FAIL";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{verdict}  {bar.Operation,-20} {limit,-20} is {value / reference:0.00} ×"));
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
