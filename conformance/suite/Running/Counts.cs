using System.Collections.Generic;

namespace SharpRunc.Conformance;

/// <summary>How many of each.</summary>
internal readonly record struct Counts(int Passed, int Failed, int Expected, int Stale, int Skipped)
{
    public static Counts Of(IEnumerable<Outcome> outcomes)
    {
        Counts c = default;
        foreach (Outcome outcome in outcomes)
            c = outcome switch
            {
                { Status: Status.Skipped } => c with { Skipped = c.Skipped + 1 },
                { Status: Status.Failed, Expected: null } => c with { Failed = c.Failed + 1 },
                { Status: Status.Failed } => c with { Expected = c.Expected + 1 },
                { Expected: not null } => c with { Stale = c.Stale + 1 },
                _ => c with { Passed = c.Passed + 1 },
            };
        return c;
    }

    public override string ToString()
        => $"{Passed} passed, {Failed} failed, {Expected} failed as expected, {Stale} passed against expectation, {Skipped} skipped";
}
