using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>subuid(5), subgid(5): ids that a user may map besides the own one, by newuidmap(1) and newgidmap(1).</summary>
internal static class SubordinateIds
{
    public const string Uids = "/etc/subuid", Gids = "/etc/subgid";

    /// <summary>Inclusive ranges, in the order of the file, which names their owner by name or uid.</summary>
    public static List<(ulong First, ulong Last)> Of(string file, string name, string uid)
    {
        List<(ulong First, ulong Last)> ranges = [];
        using Fd? there = Sys.TryOpenAt(Fd.Cwd, file, O_RDONLY | O_NONBLOCK, out _);
        string text = there is null ? "" : KernelText.Decode(Sys.ReadAll(there, file, 1 << 20));
        foreach (string line in text.Split('\n'))
            if (line.Split(':') is [var owner, var first, var count] && (owner == name || owner == uid)
                && ulong.TryParse(first, out ulong from) && ulong.TryParse(count, out ulong size) && size > 0)
                ranges.Add((from, from + size - 1));
        return ranges;
    }

    /// <summary>Whether all of these are in it; ranges that touch count as one.</summary>
    public static bool Covers(List<(ulong First, ulong Last)> ranges, ulong first, ulong last)
    {
        while (ranges.FindIndex(range => range.First <= first && first <= range.Last) is >= 0 and int at)
        {
            if (ranges[at].Last >= last)
                return true;
            first = ranges[at].Last + 1;
        }
        return false;
    }
}
