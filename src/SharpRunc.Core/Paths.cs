using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>The caller's own paths by name alone: nothing is looked up but the working directory.</summary>
internal static class Paths
{
    /// <summary>Absolute, and without empty, . and .. components: /run/a/../b is /run/b even if a is a link, as Go's filepath.Abs has it.</summary>
    public static string Absolute(string path)
    {
        string full = path.StartsWith('/') ? path : string.Concat(Sys.GetCwd(), "/", path);
        return IsClean(full) ? full : Clean(full);
    }

    private static bool IsClean(string path)
        => !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal) && (path.Length == 1 || !path.EndsWith('/'));

    private static string Clean(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/'))
            if (part == "..")
                parts.RemoveRange(Math.Max(parts.Count - 1, 0), Math.Min(parts.Count, 1));
            else if (part is not ("" or "."))
                parts.Add(part);
        return "/" + string.Join('/', parts);
    }
}
