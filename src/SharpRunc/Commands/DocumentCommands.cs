using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Documents;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class FeaturesCommand
{
    /// <summary>cri-o reads stdout and stderr together, so nothing else may be written.</summary>
    public static readonly Command Command = new("features", "", "print what this runtime supports as JSON (features.md)")
    {
        MinArguments = 0,
        MaxArguments = 0,
        Run = (_, _) => Output.Write(FeaturesJson.Write(Build.Version, Build.Commit)),
    };
}

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
            var shell => throw new ContainerException(ErrorCode.UsageValue, $"no completion for {shell}: bash, zsh or fish"),
        }),
    };
}

/// <summary>For packagers, like <see cref="CompletionCommand"/>.</summary>
internal static class ManCommand
{
    public static readonly Command Command = new("man", "", "print the manual page")
    {
        MinArguments = 0,
        MaxArguments = 0,
        Run = (_, _) => Output.Write(ManPage.Write(CommandTable.All, GlobalOptions.Flags)),
    };
}
