using System;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Linux;
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
        Tracing.Flag,
    ];

    public static readonly Command Command = new("create", "<container-id>", "create a container")
    {
        Description = "Sets the container up and leaves it waiting: its program runs with start.",
        MakesContainer = true,
        SharesStderr = true,
        Flags = Flags,
        Run = (context, given) => ErrorPrefix.Run(RuntimeContext.Name + " create failed: ", () =>
        {
            Create.Make(context, given.Id, Options(given)).Dispose();
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

internal static class RunCommand
{
    public static readonly Command Command = new("run", "<container-id>", "create and start a container")
    {
        Description =
            "Waits for the container and exits with its status (128 plus the number of the signal that killed it), unless detached.",
        MakesContainer = true,
        SharesStderr = true,
        Flags =
        [
            .. CreateCommand.Flags,
            new("detach", 'd', FlagKind.Switch, "return as soon as the container's program runs"),
            new("keep", '\0', FlagKind.Switch, "do not delete the container when its program ends"),
            new("no-subreaper", '\0', FlagKind.Switch, "do not adopt the container's orphans"),
        ],
        Run = (context, given) => ErrorPrefix.Run(
            RuntimeContext.Name + " run failed: ",
            () => RunContainer.Run(context, given.Id, CreateCommand.Options(given), Options(given))),
    };

    public static RunOptions Options(Invocation given) => new()
    {
        Detach = given.Is("detach"),
        Keep = given.Is("keep"),
        NoSubreaper = given.Is("no-subreaper"),
    };
}

/// <summary>The message prefixes that engines expect: <c>sharprunc create failed: …</c>, <c>exec failed: …</c>.</summary>
internal static class ErrorPrefix
{
    public static int Run(string prefix, Func<int> act)
    {
        try
        {
            return act();
        }
        catch (ContainerException e)
        {
            throw e.WithPrefix(prefix);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.Of(e), e, prefix.TrimEnd(' ', ':'));
        }
    }
}
