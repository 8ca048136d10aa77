using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Tracing;

/// <summary>
/// How much of a step's time is its own: what no other step explains. A stage is explained by what happens within it, and a wait for the
/// other process by what that one does meanwhile; if that one is frozen, the wait is the explanation.
/// </summary>
internal static class OwnTime
{
    public static long[] Of(List<TracedStep> steps)
    {
        long[] own = new long[steps.Count];
        List<(long Start, long End)> explained = [];
        for (int i = 0; i < own.Length; i++)
        {
            explained.Clear();
            for (int k = 0; k < own.Length; k++)
                if (k != i && Explains(steps[k], steps[i]))
                    explained.Add((Math.Max(steps[k].Start, steps[i].Start), Math.Min(steps[k].End, steps[i].End)));
            own[i] = steps[i].Length - Union(explained);
        }
        return own;
    }

    private static bool Explains(TracedStep other, TracedStep step)
    {
        bool isOfSame = other.IsChild == step.IsChild;
        return step.Kind switch
        {
            TraceKind.Stage => isOfSame ? other.Kind != TraceKind.Stage : other.Kind == TraceKind.Frozen,
            TraceKind.OtherSide => !isOfSame && other.Kind == TraceKind.Stage,
            TraceKind.Frozen => false,
            _ => isOfSame && other.Kind != TraceKind.Stage && other.Start >= step.Start && other.End <= step.End
                && other.Length < step.Length,
        };
    }

    /// <summary>The length that all of them cover together. They come in the order of their beginnings.</summary>
    private static long Union(List<(long Start, long End)> parts)
    {
        long covered = 0, reached = long.MinValue;
        foreach ((long start, long end) in parts)
        {
            if (end <= Math.Max(start, reached))
                continue;
            covered += end - Math.Max(start, reached);
            reached = end;
        }
        return covered;
    }
}
