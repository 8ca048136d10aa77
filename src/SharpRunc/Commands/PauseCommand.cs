using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class PauseCommand
{
    public static readonly Command Command = new("pause", "<container-id>", "suspend all processes of a container")
    {
        Run = (context, given) =>
        {
            Pause.Run(context, given.Id);
            return 0;
        },
    };
}
