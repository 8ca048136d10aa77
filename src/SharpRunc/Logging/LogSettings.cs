using SharpRunc.Core;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Logging;

/// <summary>--log, --log-format and --debug, checked; the file is opened at once, since create changes the working directory.</summary>
internal sealed class LogSettings
{
    /// <summary>Below it are the descriptors that the caller preserves for the container: none of ours may be taken for one.</summary>
    private const int FirstOwnDescriptor = 64;
    private const uint FileMode = 0x1A4; // 0644

    public LogSettings(string? path, string format, bool debug)
    {
        if (format is not ("text" or "json"))
            throw new ContainerException("invalid log-format: " + format);
        Json = format == "json";
        Debug = debug;
        if (string.IsNullOrEmpty(path))
            return;
        using Fd file = Sys.OpenAt(Fd.Cwd, path, O_WRONLY | O_CREAT | O_APPEND | O_SYNC, FileMode);
        File = Fd.Own(Sys.Fcntl(file, F_DUPFD_CLOEXEC, FirstOwnDescriptor));
    }

    /// <summary>null: stderr.</summary>
    public Fd? File { get; }

    public bool Json { get; }

    public bool Debug { get; }
}
