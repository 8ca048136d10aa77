using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class PsCommand
{
    public static readonly Command Command = new("ps", "<container-id> [ps options]", "list the processes of a container")
    {
        MaxArguments = -1,
        StopsAtFirstArgument = true,
        Flags = [new("format", 'f', FlagKind.Text, "table or json", "table")],
    };
}
