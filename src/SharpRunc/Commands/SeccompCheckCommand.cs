using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class SeccompCheckCommand
{
    /// <summary>The exit status when the profile could not be checked.</summary>
    private const int Trouble = 2;

    public static readonly Command Command = new("seccomp check", "<profile>", "look for mistakes in a profile")
    {
        Description =
            "Errors: the profile is invalid, the container cannot start, or this kernel lacks what it asks for. Warnings: it does not do "
            + "what it seems to,\n"
            + "as with unknown system calls and rules that never decide. Notes: it could be shorter.\n"
            + "The exit status is 1 if there is an error (with --strict: or a warning), 2 if the profile cannot be read, otherwise 0.",
        Flags = [new("strict", '\0', FlagKind.Switch, "warnings count as errors"), .. SeccompProfile.Flags],
        FailureCode = Trouble,
        UsageCode = Trouble,
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        Host host = SeccompProfile.Host(given);
        ProfileDocument profile = SeccompProfile.Read(context, given.Arguments[0], host);
        Findings findings = ProfileCheck.Run(profile, host.Native, KernelSupport.OfThisKernel);
        if (given.Is("json"))
            Output.Write(FindingsText.Json(findings));
        else
            Output.Write(FindingsText.Write(findings));
        return findings.HasErrors || given.Is("strict") && findings.Count(Severity.Warning) > 0 ? 1 : 0;
    }
}
