using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class KillCommand
{
    private const string Summary = "send a signal (by default TERM) to a container's first process";

    public static readonly Command Command = new("kill", "<container-id> [signal]", Summary)
    {
        Description = "A signal is a number or a name, with or without SIG. "
            + "KILL for a container without a PID namespace of its own reaches all its processes.",
        MaxArguments = 2,
        Flags = [new("all", 'a', FlagKind.Switch, "obsolete: no error if the container is not running")],
        Run = (context, given) =>
        {
            Kill.Run(context, given.Id, Signals.Parse(given.Arguments.Count > 1 ? given.Arguments[1] : "TERM"), given.Is("all"));
            return 0;
        },
    };
}
