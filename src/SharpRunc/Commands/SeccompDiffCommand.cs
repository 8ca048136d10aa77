using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class SeccompDiffCommand
{
    private const int Different = 1, Trouble = 2;

    private const string Summary = "say what a second profile decides differently from a first";

    public static readonly Command Command = new("seccomp diff", "<profile> <profile>", Summary)
    {
        Description =
            "Decisions are compared, not texts: rules that are written differently and decide the same are no difference. Calls that both "
            + "profiles leave to\n"
            + "their default are not listed when only the default differs.\n"
            + "Ends with 0 when nothing differs, with 1 when something does, with 2 when a profile cannot be read.",
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
