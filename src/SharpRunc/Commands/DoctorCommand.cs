using SharpRunc.Core;
using SharpRunc.Core.Diagnosing;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class DoctorCommand
{
    /// <summary>The exit status when what was asked about cannot be read.</summary>
    private const int Trouble = 2;

    public static readonly Command Command = new("doctor", "[<container-id>]", "say what is wrong with the host, or with a container")
    {
        Description =
            "Without an id: what this host offers to containers, and what it lacks. With one: the container's state against reality.\n"
            + "Nothing is changed. Ends with 1 if there are problems, with 2 if there is no such container, else with 0.",
        MinArguments = 0,
        Flags =
        [
            new("json", '\0', FlagKind.Switch, "print JSON"),
            new("leftovers", '\0', FlagKind.Switch, "list what commands that were killed have left in the state root, cgroups and mounts"),
            new("remove", '\0', FlagKind.Switch, "with --leftovers: remove what is certainly left over"),
        ],
        FailureCode = Trouble,
        UsageCode = Trouble,
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        bool leftovers = given.Is("leftovers"), hasId = given.Arguments.Count > 0;
        if (leftovers && hasId)
            throw new UsageException("--leftovers: takes no container id; it is about the whole state root");
        if (given.Is("remove") && !leftovers)
            throw new UsageException("--remove: only together with --leftovers");
        Findings found = leftovers ? Leftovers.Run(context, given.Is("remove"))
            : hasId ? ContainerReport.Run(context, given.Id)
            : HostReport.Run(context);
        if (given.Is("json"))
            Output.Write(FindingText.Json(found, leftovers ? "leftovers" : hasId ? given.Id : "host"));
        else
            Output.Write(FindingText.Write(found));
        return found.Problems > 0 ? 1 : 0;
    }
}
