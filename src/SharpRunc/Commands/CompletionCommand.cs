using SharpRunc.Core;
using SharpRunc.Documents;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

/// <summary>For packagers; `make install` puts the scripts where the shells look.</summary>
internal static class CompletionCommand
{
    public static readonly Command Command = new("completion", "bash|zsh|fish", "print a completion script for a shell")
    {
        Run = (_, given) => Output.Write(given.Arguments[0] switch
        {
            "bash" => BashCompletion.Write(CommandTable.All, GlobalOptions.Flags),
            "zsh" => ZshCompletion.Write(CommandTable.All, GlobalOptions.Flags),
            "fish" => FishCompletion.Write(CommandTable.All, GlobalOptions.Flags),
            var shell => throw new ContainerException($"no completion for {shell}: bash, zsh or fish"),
        }),
    };
}
