using System;
using System.Collections.Generic;

namespace SharpRunc.Linux;

/// <summary>Paths as text: nothing but the working directory is looked up, so a symbolic link in one is not followed.</summary>
internal static class LexicalPath
{
    /// <summary>Absolute and clean: /run/a/../b is /run/b even if a is a symbolic link, as with Go's filepath.Abs.</summary>
    public static string Absolute(string path) => Clean(path.StartsWith('/') ? path : string.Concat(Sys.GetCwd(), "/", path));

    /// <summary>
    /// One leading slash, no empty, <c>.</c> or <c>..</c> component, no slash at the end. <c>..</c> above the root is the root.
    /// </summary>
    public static string Clean(string path)
    {
        if (IsClean(path))
            return path;
        List<string> parts = [];
        foreach (string part in path.Split('/'))
            if (part == "..")
            {
                if (parts.Count > 0)
                    parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
                parts.Add(part);
        return "/" + string.Join('/', parts);
    }

    /// <summary>Most are; a name that begins with a dot is not worth a closer look.</summary>
    private static bool IsClean(string path)
    {
        if (!path.StartsWith('/') || path.Contains("//", StringComparison.Ordinal) || path.Contains("/.", StringComparison.Ordinal))
            return false;
        return path.Length == 1 || !path.EndsWith('/');
    }
}
