using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class DeleteCommand
{
    public static readonly Command Command = new("delete", "<container-id>", "delete a stopped container and what it held")
    {
        Flags = [new("force", 'f', FlagKind.Switch, "kill the container if it is running; no error if it does not exist")],
        Run = (context, given) =>
        {
            Delete.Run(context, given.Id, given.Is("force"));
            return 0;
        },
    };
}
