using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>Paths given by the caller, resolved lexically: only the working directory is looked up.</summary>
internal static class Paths
{
    /// <summary>
    /// Absolute, without empty, . and .. components: /run/a/../b is /run/b even if a is a symbolic link, as with Go's filepath.Abs.
    /// </summary>
    public static string Absolute(string path)
    {
        string full = path.StartsWith('/') ? path : string.Concat(Sys.GetCwd(), "/", path);
        return IsClean(full) ? full : Clean(full);
    }

    private static bool IsClean(string path)
    {
        if (path.Contains("//", StringComparison.Ordinal) || path.Contains("/.", StringComparison.Ordinal))
            return false;
        return path.Length == 1 || !path.EndsWith('/');
    }

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
