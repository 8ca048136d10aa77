using System.Text;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Linux;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class SeccompCompileCommand
{
    private const uint FileMode = 0x1B6; // 0666, reduced by the umask

    public static readonly Command Command = new("seccomp compile", "<profile>", "print the BPF program of a profile")
    {
        Description =
            "A listing names the system calls behind the numbers. hex has one line per instruction: code, jt, jf and k. raw is the struct "
            + "sock_filter[] that\n"
            + "seccomp(2) takes, in this machine's byte order.",
        Flags =
        [
            new("format", 'f', FlagKind.Text, "listing, hex or raw", "listing") { Choices = ["listing", "hex", "raw"] },
            new("output", 'o', FlagKind.Path, "the file to write", "stdout"),
            .. SeccompProfile.Flags,
        ],
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        ProfileEvaluator evaluator = SeccompProfile.Evaluator(context, given.Arguments[0], SeccompProfile.Host(given));
        byte[] compiled = given.Is("json") ? CompiledText.Json(evaluator) : given.Text("format") switch
        {
            null or "listing" => Encoding.UTF8.GetBytes(AnnotatedListing.Write(evaluator)),
            "hex" => Encoding.UTF8.GetBytes(CompiledText.Hex(evaluator.Program)),
            "raw" => evaluator.Program.Instructions,
            var format => throw new ContainerException($"invalid format \"{format}\": listing, hex or raw"),
        };
        if (!given.Is("json"))
            foreach (string warning in evaluator.Program.Warnings)
                context.Warn(warning);
        if (given.Text("output") is not { Length: > 0 } path)
            return Output.Write(compiled);
        using Fd file = Sys.OpenAt(Fd.Cwd, path, O_WRONLY | O_CREAT | O_TRUNC, FileMode);
        Sys.Write(file, compiled, path);
        return 0;
    }
}
