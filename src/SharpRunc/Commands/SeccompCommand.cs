using SharpRunc.Core;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class SeccompCommand
{
    public static readonly Command Command = new("seccomp", "compile|explain|check|diff <profile> ...", "show what a seccomp profile does")
    {
        Description =
            "A profile is a bundle's directory, a config.json, its linux.seccomp alone, or a profile as Docker, Podman and containerd "
            + "store it; - is stdin.\n"
            + "An engine's profile is resolved as the engine would, for the machine, the kernel and the capabilities that the flags name.",
        MaxArguments = -1,
        Subcommands =
            [SeccompCompileCommand.Command, SeccompExplainCommand.Command, SeccompCheckCommand.Command, SeccompDiffCommand.Command],
        Run = static (_, given)
            => throw new ContainerException($"no seccomp command \"{given.Arguments[0]}\": compile, explain, check or diff"),
    };
}
