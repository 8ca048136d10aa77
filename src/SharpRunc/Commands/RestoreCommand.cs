using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

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
