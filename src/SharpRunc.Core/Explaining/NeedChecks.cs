using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Calls of the runtime itself (<see cref="RuntimeNeeds"/>) that the profile does not allow.</summary>
internal static class NeedChecks
{
    private enum Outcome { Passes, Refused, Killed }

    public static void Add(Findings findings, ProfileEvaluator evaluator)
    {
        // A container without a process is never started.
        if (findings.Document.Container is { HasProcess: false })
            return;
        foreach (RuntimeNeed need in RuntimeNeeds.All)
            if (IsMade(need.Occasion, findings.Document.Container))
                Add(findings, evaluator, need);
    }

    /// <summary>Whether the runtime makes the call; if the profile comes without a config, it may.</summary>
    private static bool IsMade(Occasion occasion, ContainerFacts? container) => container is null || occasion switch
    {
        Occasion.Hooks => container.HasStartContainerHooks,
        Occasion.WithoutNoNewPrivileges or Occasion.ClosedCwd or Occasion.ClosedProgram => !container.NoNewPrivileges,
        _ => true,
    };

    private static void Add(Findings findings, ProfileEvaluator evaluator, RuntimeNeed need)
    {
        int number = Architecture.Native.Number(SyscallTable.Find(need.Call));
        ulong?[] arguments = new ulong?[6];
        need.Arguments.CopyTo(arguments, 0);
        Case[] all = evaluator.CasesFor(Architecture.Native, (uint)number);
        Case[] cases = ConditionEvaluator.Remaining(all, arguments, Architecture.Native.Is64);
        List<Case> stopped = [.. Array.FindAll(cases, one => Evaluate(one.Action, need) != Outcome.Passes)];
        if (stopped.Count == 0)
            return;
        bool isCertain = stopped.Count == cases.Length, kills = stopped.Exists(one => Evaluate(one.Action, need) == Outcome.Killed);
        if (!kills && need.Loss.Length == 0)
            return;
        Case worst = stopped.Find(one => !kills || Evaluate(one.Action, need) == Outcome.Killed)!;
        bool isFatal = isCertain && (kills || need.IsFatal) && Applies(need, findings.Document.Container);
        string pointer = worst.Reason.Kind == ReasonKind.Rule ? $"/syscalls/{worst.Reason.Rule}" : "/defaultAction";
        string refused = (kills ? "kills the process" : "is refused") + (isCertain ? "" : " for some arguments");
        string consequence = Condition(need, findings.Document.Container) + (kills ? RuntimeNeed.CannotStart : need.Loss);
        string cause = $"{worst.Reason.Text}: {Wording.Action(worst.Action)}", reason = $"the runtime needs it to {need.Purpose}";
        findings.Add(isFatal ? Severity.Error : Severity.Warning, pointer, $"{need.Spelling} {refused} ({cause}): {consequence}; {reason}");
    }

    /// <summary>Whether the runtime certainly makes the call: always, or as the config is known.</summary>
    private static bool Applies(RuntimeNeed need, ContainerFacts? container) => need.Occasion switch
    {
        Occasion.Always => true,
        Occasion.WithoutNoNewPrivileges or Occasion.Hooks => container is not null,
        _ => false,
    };

    private static string Condition(RuntimeNeed need, ContainerFacts? container) => need.Occasion switch
    {
        Occasion.WithoutNoNewPrivileges when container is null => "without noNewPrivileges ",
        Occasion.ClosedProgram => "where only a capability lets the program be executed ",
        Occasion.ClosedCwd => "where root may not enter process.cwd ",
        Occasion.Hooks when container is null => "with startContainer hooks ",
        Occasion.PreservedDescriptors => "with descriptors to pass on ",
        _ => "",
    };

    /// <summary>The runtime's calls have no tracer, and a listener is assumed to allow them.</summary>
    private static Outcome Evaluate(uint decision, RuntimeNeed need)
    {
        bool isTolerated = need.TolerableErrno != 0 && (decision & SECCOMP_RET_DATA) == need.TolerableErrno;
        return (decision & SECCOMP_RET_ACTION_FULL) switch
        {
            SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_USER_NOTIF => Outcome.Passes,
            SECCOMP_RET_ERRNO => isTolerated ? Outcome.Passes : Outcome.Refused,
            SECCOMP_RET_TRACE => need.TolerableErrno == ENOSYS ? Outcome.Passes : Outcome.Refused,
            _ => need.Ends ? Outcome.Passes : Outcome.Killed,
        };
    }
}
