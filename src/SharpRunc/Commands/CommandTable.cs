using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class CommandTable
{
    /// <summary>Every command, in the order of the help.</summary>
    public static Command[] All =>
    [
        CreateCommand.Command, StartCommand.Command, RunCommand.Command, ExecCommand.Command, StateCommand.Command, ListCommand.Command,
        PsCommand.Command, KillCommand.Command, PauseCommand.Command, ResumeCommand.Command, UpdateCommand.Command, EventsCommand.Command,
        DeleteCommand.Command, CheckpointCommand.Command, RestoreCommand.Command, SpecCommand.Command, FeaturesCommand.Command,
        SeccompCommand.Command,
    ];

    /// <summary>By name, and the two for packagers, which no help lists. A start pays only for the command that it runs.</summary>
    public static Command? Find(string name) => name switch
    {
        "create" => CreateCommand.Command,
        "start" => StartCommand.Command,
        "run" => RunCommand.Command,
        "exec" => ExecCommand.Command,
        "state" => StateCommand.Command,
        "list" => ListCommand.Command,
        "ps" => PsCommand.Command,
        "kill" => KillCommand.Command,
        "pause" => PauseCommand.Command,
        "resume" => ResumeCommand.Command,
        "update" => UpdateCommand.Command,
        "events" => EventsCommand.Command,
        "delete" => DeleteCommand.Command,
        "checkpoint" => CheckpointCommand.Command,
        "restore" => RestoreCommand.Command,
        "spec" => SpecCommand.Command,
        "features" => FeaturesCommand.Command,
        "seccomp" => SeccompCommand.Command,
        "completion" => CompletionCommand.Command,
        "man" => ManCommand.Command,
        _ => null,
    };
}
