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
        return LexicalPath.Clean(full);
    }
}
