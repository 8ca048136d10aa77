using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class SeccompDiffCommand
{
    private const int Different = 1, Trouble = 2;

    private const string Summary = "show what a second profile decides differently from a first";

    public static readonly Command Command = new("seccomp diff", "<profile> <profile>", Summary)
    {
        Description =
            "Decisions are compared, not texts: rules that are written differently but decide the same are not a difference. "
            + "Calls that both profiles leave to\n"
            + "their default are not listed if only the default differs.\n"
            + "The exit status is 0 if nothing differs, 1 if something does, 2 if a profile cannot be read.",
        MinArguments = 2,
        MaxArguments = 2,
        FailureCode = Trouble,
        UsageCode = Trouble,
        Flags = SeccompProfile.Flags,
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        Host host = SeccompProfile.Host(given);
        ProfileEvaluator first = SeccompProfile.Evaluator(context, given.Arguments[0], host);
        ProfileEvaluator second = SeccompProfile.Evaluator(context, given.Arguments[1], host);
        ProfileDifference difference = ProfileDifference.Compare(first, second);
        if (given.Is("json"))
            Output.Write(DifferenceJson.Write(difference, first, second));
        else
            Output.Write(DifferenceText.Write(difference, first));
        return difference.IsNone ? 0 : Different;
    }
}
