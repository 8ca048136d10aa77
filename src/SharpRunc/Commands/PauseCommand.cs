using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class PauseCommand
{
    public static readonly Command Command = new("pause", "<container-id>", "suspend all processes of a container");
}
