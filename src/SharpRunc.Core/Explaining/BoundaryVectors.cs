using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

/// <summary>
/// Arguments at the boundaries of all conditions: the compared values and their neighbours, and masks with each of their bits flipped. For
/// conditions on a single argument they cover every possible combination of outcomes; for several arguments, as many combinations as the
/// limit allows.
/// </summary>
internal static class BoundaryVectors
{
    private const int Budget = 1 << 20, Least = 256, Most = 1 << 14;

    /// <param name="conditions">All conditions that the vectors are tested on.</param>
    public static IEnumerable<ulong[]> Around(List<Condition> conditions, bool is64)
    {
        ulong[][] values = new ulong[6][];
        double all = 1;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Values(conditions.FindAll(condition => condition.Argument == i), is64);
            all *= values[i].Length;
        }
        int limit = Math.Clamp(Budget / (conditions.Count + 1), Least, Most);
        uint dice = 1;
        for (int n = 0; n < Math.Min(all, limit); n++)
        {
            ulong[] vector = new ulong[6];
            int rest = n;
            for (int i = 0; i < vector.Length; i++)
            {
                // All combinations if they fit, otherwise a sample, which is the same on every run.
                dice = dice * 1664525 + 1013904223;
                vector[i] = values[i][all <= limit ? rest % values[i].Length : (int)((dice >> 8) % (uint)values[i].Length)];
                rest /= values[i].Length;
            }
            yield return vector;
        }
    }

    private static ulong[] Values(List<Condition> conditions, bool is64)
    {
        ulong all = is64 ? ulong.MaxValue : uint.MaxValue;
        List<ulong> values = [0];
        if (conditions.Count > 0)
            values.Add(all);
        foreach (Condition condition in conditions)
        {
            ulong value = condition.Value;
            values.AddRange([value, (value - 1) & all, (value + 1) & all]);
            if (condition.Op != Comparison.MaskedEqual)
                continue;
            values.Add(value | ~condition.Mask & all);
            for (ulong bit = 1; bit != 0 && bit <= condition.Mask; bit <<= 1)
                if ((condition.Mask & bit) != 0)
                    values.Add(value ^ bit);
        }
        values.Sort();
        List<ulong> distinct = [];
        foreach (ulong value in values)
            if (distinct.Count == 0 || distinct[^1] != value)
                distinct.Add(value);
        return [.. distinct];
    }
}
