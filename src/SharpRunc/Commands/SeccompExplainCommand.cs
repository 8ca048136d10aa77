using System.Collections.Generic;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Core.Seccomp;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class SeccompExplainCommand
{
    private const string Usage = "<profile> <syscall> [argument...]";

    private const string Summary = "show what a profile decides for a system call, and by which rule";

    public static readonly Command Command = new("seccomp explain", Usage, Summary)
    {
        Description =
            "The system call is a name, or a number as the kernel shows it to a filter. Arguments are decimal, 0x hexadecimal, 0 octal or "
            + "negative; _ is\n"
            + "unknown, and so are missing ones: then the conditions that decide are listed in the order in which they are tried.",
        MinArguments = 2,
        MaxArguments = 8,
        Flags =
        [
            new("for", '\0', FlagKind.Repeated, "only this architecture, which need not be listed", "those that the profile lists")
            {
                Choices = ArchitectureName.All(),
            },
            .. SeccompProfile.Flags,
        ],
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        ulong?[] arguments = Argument.ParseAll([.. given.Arguments[2..]]);
        List<Architecture> asked = given.All("for").ConvertAll(ArchitectureName.Require);
        Host host = SeccompProfile.Host(given);
        ProfileDocument profile = SeccompProfile.Read(context, given.Arguments[0], host);
        if (profile.Seccomp.IsEmpty)
            return WriteUnfiltered(given);
        ProfileEvaluator evaluator = new(profile, host.Native);
        if (asked.Count == 0)
            asked = evaluator.Profile.Architectures.ConvertAll(static rules => rules.Architecture);
        Explanation explanation = Explanation.Explain(evaluator, given.Arguments[1], arguments, asked);
        if (given.Is("json"))
            return Output.Write(ExplanationJson.Write(explanation, evaluator));
        return Output.Write(ExplanationText.Write(explanation, evaluator));
    }

    private static int WriteUnfiltered(Invocation given)
    {
        const string Note = "the profile is empty: no filter is loaded, and every call is allowed";
        return given.Is("json")
            ? Output.Write(ExplanationJson.Unfiltered(given.Arguments[1], Note))
            : Output.Write(Note + "\n");
    }
}
