using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Criu;

/// <summary>Where criu is: in the caller's PATH, as every runtime looks for it.</summary>
internal static class CriuProgram
{
    private const string Name = "criu";

    /// <summary>Its absolute path. Entries of PATH that are not absolute depend on where we happen to be, and are not searched.</summary>
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
            Hint = "install criu 3.16 or newer where the PATH of whoever starts the runtime finds it",
        };
    }
}
