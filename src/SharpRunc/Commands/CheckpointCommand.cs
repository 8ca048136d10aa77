using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class CheckpointCommand
{
    /// <summary>restore has them too.</summary>
    internal static readonly Flag[] Flags =
    [
        new("image-path", '\0', FlagKind.Text, "directory of the images", "./checkpoint"),
        new("work-path", '\0', FlagKind.Text, "directory of the logs"),
        new("tcp-established", '\0', FlagKind.Switch, "with open TCP connections"),
        new("ext-unix-sk", '\0', FlagKind.Switch, "with unix sockets that lead outside"),
        new("shell-job", '\0', FlagKind.Switch, "with the session of a shell"),
        new("file-locks", '\0', FlagKind.Switch, "with file locks"),
        new("lazy-pages", '\0', FlagKind.Switch, "memory pages are moved when they are touched"),
        new("link-remap", '\0', FlagKind.Switch, "with open files that have been removed"),
        new("tcp-skip-in-flight", '\0', FlagKind.Switch, "without TCP connections that are being made"),
        new("manage-cgroups-mode", '\0', FlagKind.Text, "soft, full, strict or ignore"),
        new("empty-ns", '\0', FlagKind.Text, "network"),
        new("auto-dedup", '\0', FlagKind.Switch, "without pages that an earlier image has"),
    ];

    public static readonly Command Command = new("checkpoint", "<container-id>", "write a running container to disk with criu")
    {
        Flags =
        [
            .. Flags,
            new("parent-path", '\0', FlagKind.Text, "relative path of an earlier image"),
            new("leave-running", '\0', FlagKind.Switch, "let the container go on"),
            new("status-fd", '\0', FlagKind.Text, "descriptor that criu writes a NUL to when it is ready"),
            new("page-server", '\0', FlagKind.Text, "host:port that memory pages are sent to"),
            new("pre-dump", '\0', FlagKind.Switch, "memory pages only, and the container goes on"),
        ],
    };
}
