namespace SharpRunc.Core.Criu;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Finds criu in the caller's PATH, as other runtimes do.</summary>
internal static class CriuProgram
{
    private const string Name = "criu";

    /// <summary>Returns its absolute path.</summary>
    public static string Find()
        => SearchPath.Find(Name) ?? throw new ContainerException($"exec: \"{Name}\": executable file not found in $PATH")
        {
            Errno = ENOENT,
            Hint = "install criu 3.16 or newer in a directory of the caller's PATH",
        };
}
