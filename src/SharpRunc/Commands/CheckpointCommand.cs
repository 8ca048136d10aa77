using SharpRunc.Core.Criu;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class CheckpointCommand
{
    /// <summary>Shared with restore.</summary>
    public static readonly Flag[] Flags =
    [
        new("image-path", '\0', FlagKind.Path, "directory of the images", "./checkpoint"),
        new("work-path", '\0', FlagKind.Path, "directory of criu's log", "the images'"),
        new("tcp-established", '\0', FlagKind.Switch, "with open TCP connections"),
        new("ext-unix-sk", '\0', FlagKind.Switch, "with unix sockets that lead outside"),
        new("shell-job", '\0', FlagKind.Switch, "with a terminal or session from outside"),
        new("file-locks", '\0', FlagKind.Switch, "with file locks"),
        new("lazy-pages", '\0', FlagKind.Switch, "memory pages are moved when they are touched"),
        new("link-remap", '\0', FlagKind.Switch, "with open files that have been removed"),
        new("tcp-skip-in-flight", '\0', FlagKind.Switch, "without TCP connections that are being made"),
        new("manage-cgroups-mode", '\0', FlagKind.Text, "soft, full, strict or ignore", "soft")
        {
            Choices = ["soft", "full", "strict", "ignore"],
        },
        new("empty-ns", '\0', FlagKind.Text, "network") { Choices = ["network"] },
        new("auto-dedup", '\0', FlagKind.Switch, "without pages that an earlier image has"),
    ];

    public static readonly Command Command = new("checkpoint", "<container-id>", "write a running container to disk with criu")
    {
        Description = "criu, 3.16 or newer, is looked up in PATH. The container is deleted once it is written, unless it is left running.",
        Flags =
        [
            .. Flags,
            new("parent-path", '\0', FlagKind.Text, "relative path of an earlier image"),
            new("leave-running", '\0', FlagKind.Switch, "let the container go on"),
            new("status-fd", '\0', FlagKind.Number, "descriptor that gets a NUL when lazy pages can be asked for"),
            new("page-server", '\0', FlagKind.Text, "host:port that memory pages are sent to"),
            new("pre-dump", '\0', FlagKind.Switch, "memory pages only, and the container goes on"),
        ],
        Run = (context, given) =>
        {
            Checkpoint.Run(context, given.Id, new CheckpointOptions
            {
                Criu = Options(given),
                ParentPath = given.Text("parent-path"),
                LeaveRunning = given.Is("leave-running"),
                TcpSkipInFlight = given.Is("tcp-skip-in-flight"),
                LinkRemap = given.Is("link-remap"),
                StatusFd = given.Text("status-fd") is null || given.Number("status-fd") == -1 ? null : given.Number("status-fd"),
                PageServer = given.Text("page-server"),
                PreDump = given.Is("pre-dump"),
            });
            return 0;
        },
    };

    public static CriuFlags Options(Invocation given) => new()
    {
        ImagePath = given.Text("image-path"),
        WorkPath = given.Text("work-path"),
        TcpEstablished = given.Is("tcp-established"),
        ExtUnixSk = given.Is("ext-unix-sk"),
        ShellJob = given.Is("shell-job"),
        FileLocks = given.Is("file-locks"),
        LazyPages = given.Is("lazy-pages"),
        AutoDedup = given.Is("auto-dedup"),
        ManageCgroupsMode = given.Text("manage-cgroups-mode"),
        EmptyNs = given.Text("empty-ns"),
    };
}
