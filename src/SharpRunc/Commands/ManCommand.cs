using SharpRunc.Documents;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

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
