using System;
using System.Text.Json.Nodes;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>The smallest linux.resources.memory.limit with which /bin/true starts, by halving.</summary>
internal static class MemoryLimit
{
    private const int PageKiB = 4, MostKiB = 32 * 1024, Attempts = 3;

    /// <returns>KiB; every attempt at that limit succeeded.</returns>
    public static int Smallest(Candidate candidate, Bundle bundle)
    {
        JsonObject memory = (JsonObject)bundle.Linux["resources"]!["memory"]!;
        try
        {
            if (!StartsWith(MostKiB))
                throw new InvalidOperationException($"{candidate.Name} does not start with a memory limit of {MostKiB} KiB");
            int fails = 0, starts = MostKiB;
            while (starts - fails > PageKiB)
            {
                int middle = (fails + starts) / 2 / PageKiB * PageKiB;
                if (StartsWith(middle))
                    starts = middle;
                else
                    fails = middle;
            }
            return starts;
        }
        finally
        {
            memory.Remove("limit");
            bundle.Write();
        }

        bool StartsWith(int limit)
        {
            memory["limit"] = limit * 1024L;
            bundle.Write();
            return StartsAlways(candidate);
        }
    }

    private static bool StartsAlways(Candidate candidate)
    {
        for (int i = 0; i < Attempts; i++)
            if (!candidate.Starts())
                return false;
        return true;
    }
}
