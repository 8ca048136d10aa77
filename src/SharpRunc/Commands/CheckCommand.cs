using System.Collections.Generic;
using SharpRunc.Core;
using SharpRunc.Core.Checking;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class CheckCommand
{
    /// <summary>The exit status when there is no config that could be checked.</summary>
    private const int Trouble = 2;

    public static readonly Command Command = new("check", "<bundle>", "list all mistakes in a bundle's config.json")
    {
        Description =
            "Errors: create refuses it, or the program cannot be started on this host. Warnings: it works, but not as it is written, as with\n"
            + "unknown keys. Nothing is made or changed. Ends with 1 if there are errors, with 2 if there is no config.json to read, else with 0.",
        Flags =
        [
            new("json", '\0', FlagKind.Switch, "print JSON"),
            new("host", '\0', FlagKind.Text, "also ask this host: yes or no", "yes") { Choices = ["yes", "no"] },
        ],
        FailureCode = Trouble,
        UsageCode = Trouble,
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        string host = given.Text("host") ?? "yes";
        if (host is not ("yes" or "no"))
            throw new UsageException($"--host: expected yes or no; got \"{host}\"");
        List<Problem> problems = BundleCheck.Run(context, given.Arguments[0], asksHost: host == "yes");
        if (given.Is("json"))
            Output.Write(ProblemText.Json(problems));
        else
            Output.Write(ProblemText.Write(problems));
        return ProblemText.Count(problems, Severity.Error) > 0 ? 1 : 0;
    }
}
