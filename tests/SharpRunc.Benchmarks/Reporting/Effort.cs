using System.Collections.Generic;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>How often everything is done.</summary>
internal sealed record Effort
{
    public required string Name { get; init; }

    /// <summary>Of each operation.</summary>
    public required int Calls { get; init; }

    public required IReadOnlyList<int> Crowds { get; init; }

    /// <summary>Cycles of each runtime at each size of the crowd.</summary>
    public required int CrowdTurns { get; init; }

    public required IReadOnlyList<int> Bursts { get; init; }

    public required IReadOnlyList<int> Storms { get; init; }

    /// <summary>Of bursts and storms.</summary>
    public required int Rounds { get; init; }

    /// <summary>Containers or execs that a round has at least, in as many bursts as that takes.</summary>
    public required int LeastARound { get; init; }

    /// <summary>Execs one after another in each round, ten at the same time.</summary>
    public required int Sustained { get; init; }

    public required int Weighings { get; init; }

    public static Effort Full { get; } = new()
    {
        Name = "full",
        Calls = 300,
        Crowds = [0, 50, 100, 200, 300, 500],
        CrowdTurns = 40,
        Bursts = [1, 2, 5, 10, 20, 50, 100],
        Storms = [1, 2, 5, 10, 20, 50, 100],
        Rounds = 5,
        LeastARound = 20,
        Sustained = 200,
        Weighings = 10,
    };

    public static Effort Quick { get; } = new()
    {
        Name = "quick",
        Calls = 30,
        Crowds = [0, 50, 150, 300],
        CrowdTurns = 6,
        Bursts = [1, 5, 20, 50],
        Storms = [1, 5, 20, 50],
        Rounds = 2,
        LeastARound = 10,
        Sustained = 50,
        Weighings = 2,
    };
}
