using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>Short files in which the kernel and the administrator say how the host is set up.</summary>
internal static class HostFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Without the last line's end; null: it is not there, or not for us to read.</summary>
    public static string? TryRead(string path)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY | O_NONBLOCK, out _);
        return file is null ? null : KernelText.Decode(Sys.ReadAll(file, path, MaxBytes)).TrimEnd('\n');
    }

    public static bool IsMissing(string path) => !Sys.Exists(Fd.Cwd, path);
}
