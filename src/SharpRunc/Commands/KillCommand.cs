using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class KillCommand
{
    private const string Summary = "send a signal (TERM, when none is given) to a container's first process";

    public static readonly Command Command = new("kill", "<container-id> [signal]", Summary)
    {
        Description = "A signal is a number or a name, with or without SIG. "
            + "KILL for a container without a PID namespace of its own reaches all its processes.",
        MaxArguments = 2,
        Flags = [new("all", 'a', FlagKind.Switch, "obsolete: a container that is not running is no error")],
        Run = (context, given) =>
        {
            Kill.Run(context, given.Id, Signals.Parse(given.Arguments.Count > 1 ? given.Arguments[1] : "TERM"), given.Is("all"));
            return 0;
        },
    };
}
