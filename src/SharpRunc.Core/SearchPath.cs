using SharpRunc.Linux;

namespace SharpRunc.Core;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The caller's PATH.</summary>
internal static class SearchPath
{
    /// <summary>
    /// Returns the absolute path of a program that may be executed; null: there is none. Relative entries of PATH depend on the working
    /// directory and are not searched.
    /// </summary>
    public static string? Find(string name)
    {
        foreach (string directory in (ProcessStrings.Variable("PATH") ?? "").Split(':'))
        {
            if (!directory.StartsWith('/'))
                continue;
            string path = directory.TrimEnd('/') + "/" + name;
            using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out _);
            if (file is not null && Inode.Of(file, path) is { Type: S_IFREG } program && (program.Mode & 0x49 /* 0111 */) != 0)
                return path;
        }
        return null;
    }
}
