using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class StateCommand
{
    public static readonly Command Command = new("state", "<container-id>", "print the state of a container as JSON")
    {
        Run = (context, given) => Output.Write(QueryState.Run(context, given.Id)),
    };
}
