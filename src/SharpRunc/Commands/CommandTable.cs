using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class CommandTable
{
    /// <summary>All commands, in the order of the help.</summary>
    public static Command[] All =>
    [
        CreateCommand.Command, StartCommand.Command, RunCommand.Command, ExecCommand.Command, StateCommand.Command, ListCommand.Command,
        PsCommand.Command, KillCommand.Command, PauseCommand.Command, ResumeCommand.Command, UpdateCommand.Command, EventsCommand.Command,
        DeleteCommand.Command, CheckpointCommand.Command, RestoreCommand.Command, SpecCommand.Command, CheckCommand.Command,
        DoctorCommand.Command, ExplainCommand.Command, TraceCommand.Command, FeaturesCommand.Command, SeccompCommand.Command,
        CompletionCommand.Command, ManCommand.Command,
    ];

    /// <summary>
    /// Finds a command by name. Only the requested command is built, so that a start does not pay for the others.
    /// </summary>
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
        "check" => CheckCommand.Command,
        "doctor" => DoctorCommand.Command,
        "explain" => ExplainCommand.Command,
        "trace" => TraceCommand.Command,
        "features" => FeaturesCommand.Command,
        "seccomp" => SeccompCommand.Command,
        "completion" => CompletionCommand.Command,
        "man" => ManCommand.Command,
        _ => null,
    };
}
