using SharpRunc.Core;
using SharpRunc.Core.Criu;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class CheckpointCommand
{
    /// <summary>Shared with restore.</summary>
    public static readonly Flag[] Flags =
    [
        new("image-path", '\0', FlagKind.Path, "directory for the image files", "./checkpoint"),
        new("work-path", '\0', FlagKind.Path, "directory for criu's log and statistics", "the images'"),
        new("tcp-established", '\0', FlagKind.Switch, "allow open TCP connections"),
        new("ext-unix-sk", '\0', FlagKind.Switch, "allow Unix sockets that are connected to processes outside"),
        new("shell-job", '\0', FlagKind.Switch, "allow a terminal or session from outside"),
        new("file-locks", '\0', FlagKind.Switch, "allow file locks"),
        new("lazy-pages", '\0', FlagKind.Switch, "restore memory pages only when they are accessed"),
        new("link-remap", '\0', FlagKind.Switch, "allow open files that have been removed"),
        new("tcp-skip-in-flight", '\0', FlagKind.Switch, "skip TCP connections that are being established"),
        new("manage-cgroups-mode", '\0', FlagKind.Text, "soft, full, strict or ignore", "soft")
        {
            Choices = ["soft", "full", "strict", "ignore"],
        },
        new("empty-ns", '\0', FlagKind.Text, "network") { Choices = ["network"] },
        new("auto-dedup", '\0', FlagKind.Switch, "skip memory pages that are in an earlier image"),
    ];

    public static readonly Command Command = new("checkpoint", "<container-id>", "write a running container to disk with criu")
    {
        Description = "criu, 3.16 or newer, is looked up in PATH. The container is deleted once it is written, unless it is left running.",
        Flags =
        [
            .. Flags,
            new("parent-path", '\0', FlagKind.Text, "relative path to an earlier image"),
            new("leave-running", '\0', FlagKind.Switch, "leave the container running"),
            new("status-fd", '\0', FlagKind.Number, "file descriptor that gets a NUL once lazy pages can be requested"),
            new("page-server", '\0', FlagKind.Text, "host:port of a page server that receives the memory pages"),
            new("pre-dump", '\0', FlagKind.Switch, "write memory pages only, and leave the container running"),
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

internal static class RestoreCommand
{
    public static readonly Command Command = new("restore", "<container-id>", "restore a container from a checkpoint with criu")
    {
        MakesContainer = true,
        SharesStderr = true,
        Description = "Creates the bundle's container again, with the processes that checkpoint has saved. criu is looked up in PATH.",
        Flags =
        [
            .. CheckpointCommand.Flags,
            new("bundle", 'b', FlagKind.Path, "the bundle's directory", "the working directory"),
            new("detach", 'd', FlagKind.Switch, "return as soon as the container runs"),
            new("pid-file", '\0', FlagKind.Path, "file that the process id is written to"),
            new("console-socket", '\0', FlagKind.Path, "AF_UNIX socket that receives the console's master end"),
            new("no-subreaper", '\0', FlagKind.Switch, "do not adopt the container's orphans"),
            new("no-pivot", '\0', FlagKind.Switch, "no effect: criu switches roots"),
            new("lsm-profile", '\0', FlagKind.Text, "type:label for the container's processes"),
            new("lsm-mount-context", '\0', FlagKind.Text, "SELinux context of the container's mounts"),
            new("allow-weaker", '\0', FlagKind.Switch, "only warn if the image confines less than the config"),
            Tracing.Flag,
        ],
        Run = (context, given) => ErrorPrefix.Run(
            RuntimeContext.Name + " restore failed: ",
            () => Restore.Run(context, given.Id, new RestoreOptions
            {
                Criu = CheckpointCommand.Options(given),
                Create = CreateCommand.Options(given),
                Run = RunCommand.Options(given),
                LsmProfile = given.Text("lsm-profile"),
                LsmMountContext = given.Text("lsm-mount-context"),
                AllowWeaker = given.Is("allow-weaker"),
            })),
    };
}
