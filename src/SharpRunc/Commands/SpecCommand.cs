using SharpRunc.Core;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class SpecCommand
{
    public static readonly Command Command = new("spec", "", "write a config.json to start from")
    {
        MinArguments = 0,
        MaxArguments = 0,
        Flags =
        [
            new("bundle", 'b', FlagKind.Text, "the directory to write it to", "the working directory"),
            new("rootless", '\0', FlagKind.Switch, "for a user without privileges"),
        ],
        Run = (_, _) => throw new ContainerException("spec is not there yet"),
    };
}
