using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

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
