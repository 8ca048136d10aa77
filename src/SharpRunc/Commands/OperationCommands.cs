using SharpRunc.Core;
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

internal static class StartCommand
{
    public static readonly Command Command = new("start", "<container-id>", "run the program of a created container")
    {
        Flags = [Tracing.Flag],
        Run = (context, given) =>
        {
            Start.Run(context, given.Id);
            return 0;
        },
    };
}

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

internal static class DeleteCommand
{
    public static readonly Command Command = new("delete", "<container-id>", "delete a stopped container and what it held")
    {
        Flags =
        [
            new("force", 'f', FlagKind.Switch, "kill the container if it is running; no error if it does not exist"),
            Tracing.Flag,
        ],
        Run = (context, given) =>
        {
            Delete.Run(context, given.Id, given.Is("force"));
            return 0;
        },
    };
}

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

internal static class ResumeCommand
{
    public static readonly Command Command = new("resume", "<container-id>", "resume a paused container")
    {
        Run = (context, given) =>
        {
            Resume.Run(context, given.Id);
            return 0;
        },
    };
}
