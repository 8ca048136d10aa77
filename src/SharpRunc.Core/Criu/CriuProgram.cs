using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Finds criu in the caller's PATH, as other runtimes do.</summary>
internal static class CriuProgram
{
    private const string Name = "criu";

    /// <summary>Returns its absolute path. Relative entries of PATH depend on the working directory and are not searched.</summary>
    public static string Find()
    {
        foreach (string directory in (ProcessStrings.Variable("PATH") ?? "").Split(':'))
        {
            if (!directory.StartsWith('/'))
                continue;
            string path = directory.TrimEnd('/') + "/" + Name;
            using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out _);
            if (file is not null && Inode.Of(file, path) is { Type: S_IFREG } program && (program.Mode & 0x49 /* 0111 */) != 0)
                return path;
        }
        throw new ContainerException($"exec: \"{Name}\": executable file not found in $PATH")
        {
            Errno = ENOENT,
            Hint = "install criu 3.16 or newer in a directory of the caller's PATH",
        };
    }
}
