using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class StartCommand
{
    public static readonly Command Command = new("start", "<container-id>", "run the program of a created container")
    {
        Run = (context, given) =>
        {
            Start.Run(context, given.Id);
            return 0;
        },
    };
}
