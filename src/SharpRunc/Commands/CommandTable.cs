using SharpRunc.Parsing;

namespace SharpRunc.Commands;

/// <summary>Every command, in the order of the help.</summary>
internal static class CommandTable
{
    public static readonly Command[] All =
    [
        CreateCommand.Command, StartCommand.Command, RunCommand.Command, ExecCommand.Command, StateCommand.Command, ListCommand.Command,
        PsCommand.Command, KillCommand.Command, PauseCommand.Command, ResumeCommand.Command, UpdateCommand.Command, EventsCommand.Command,
        DeleteCommand.Command, CheckpointCommand.Command, RestoreCommand.Command, SpecCommand.Command, FeaturesCommand.Command,
    ];

    public static Command? Find(string name)
    {
        foreach (Command command in All)
            if (command.Name == name)
                return command;
        return null;
    }
}
