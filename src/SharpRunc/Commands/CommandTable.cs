using SharpRunc.Parsing;

namespace SharpRunc.Commands;

/// <summary>Every command, in the order of the help.</summary>
internal static class CommandTable
{
    public static readonly Command[] All =
    [
        CreateCommand.Command, StartCommand.Command, RunCommand.Command, StateCommand.Command, ListCommand.Command, KillCommand.Command,
        DeleteCommand.Command, SpecCommand.Command, FeaturesCommand.Command, .. LaterCommands.All,
    ];

    public static Command? Find(string name)
    {
        foreach (Command command in All)
            if (command.Name == name)
                return command;
        return null;
    }
}
