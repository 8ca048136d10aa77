using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class CreateCommand
{
    /// <summary>Shared with run.</summary>
    public static readonly Flag[] Flags =
    [
        new("bundle", 'b', FlagKind.Path, "the bundle's directory", "the working directory"),
        new("console-socket", '\0', FlagKind.Path, "AF_UNIX socket that receives the console's master end"),
        new("pidfd-socket", '\0', FlagKind.Path, "AF_UNIX socket that receives the container's pidfd"),
        new("pid-file", '\0', FlagKind.Path, "file that the container's process id is written to"),
        new("no-pivot", '\0', FlagKind.Switch, "use move and chroot instead of pivot_root, for a root file system on a ramdisk"),
        new("no-new-keyring", '\0', FlagKind.Switch, "keep the caller's session keyring"),
        new("preserve-fds", '\0', FlagKind.Number, "number of file descriptors to pass on, from 3 (after those of $LISTEN_FDS)", "0"),
    ];

    public static readonly Command Command = new("create", "<container-id>", "create a container")
    {
        Description = "Sets the container up and leaves it waiting: its program runs with start.",
        MakesContainer = true,
        SharesStderr = true,
        Flags = Flags,
        Run = (context, given) => ErrorPrefix.Run(RuntimeContext.Name + " create failed: ", () =>
        {
            Creation.Make(context, given.Id, Options(given)).Dispose();
            return 0;
        }),
    };

    public static CreateOptions Options(Invocation given) => new()
    {
        Bundle = given.Text("bundle"),
        PidFile = given.Text("pid-file"),
        ConsoleSocket = given.Text("console-socket"),
        PidfdSocket = given.Text("pidfd-socket"),
        NoPivot = given.Is("no-pivot"),
        NoNewKeyring = given.Is("no-new-keyring"),
        PreserveFds = given.Number("preserve-fds"),
    };
}
