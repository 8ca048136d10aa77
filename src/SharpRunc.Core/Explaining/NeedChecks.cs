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

/// <summary>The circumstances in which the runtime makes a call under the filter.</summary>
internal enum Occasion
{
    Always,
    /// <summary>The filter is loaded early, because loading needs a privilege that changing the credentials gives up.</summary>
    WithoutNoNewPrivileges,
    /// <summary>
    /// The same, and only the process's user may enter process.cwd (NFS): root tries before the filter is loaded, the user afterwards.
    /// </summary>
    ClosedCwd,
    /// <summary>The same, and the program's mode bits forbid its user to execute it but a capability permits it.</summary>
    ClosedProgram,
    Hooks,
    PreservedDescriptors,
}

/// <summary>A system call that the runtime itself makes once the filter is loaded (LastMile).</summary>
/// <param name="Arguments">The leading arguments; null for one that varies.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Loss">The effect on the container if the call fails; "" if none.</param>
/// <param name="TolerableErrno">A failure that is equivalent to success; 0: none.</param>
internal sealed record RuntimeNeed(
    string Call,
    ulong?[] Arguments,
    Occasion Occasion,
    string Purpose,
    string Loss = RuntimeNeed.CannotStart,
    uint TolerableErrno = 0)
{
    public const string CannotStart = "the container cannot start";

    /// <summary>The call as users know it: <c>prctl(PR_SET_KEEPCAPS)</c>.</summary>
    public string Spelling { get; init; } = Call;

    /// <summary>Whether the container cannot run without the call.</summary>
    public bool IsFatal { get; init; } = Loss == CannotStart;

    /// <summary>The call ends the process, so being killed by it is equivalent.</summary>
    public bool Ends { get; init; }
}

/// <summary>
/// All of these calls, except madvise(2), which is made only if the profile allows it. One test compares the table with the output of
/// strace(1), another denies each call to a real container.
/// </summary>
internal static class RuntimeNeeds
{
    private const ulong SetMask = 2, KillSignal = 9, SetDescriptorFlags = 2, CloneForHook = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | 17;

    /// <summary>In the order in which they are made.</summary>
    public static RuntimeNeed[] All =>
    [
        Prctl(nameof(PR_CAPBSET_DROP), [PR_CAPBSET_DROP], Occasion.WithoutNoNewPrivileges,
            "drop capabilities from the bounding set", tolerableErrno: EINVAL),
        Prctl(nameof(PR_SET_KEEPCAPS), [PR_SET_KEEPCAPS, 1], Occasion.WithoutNoNewPrivileges, "keep capabilities while the ids change"),
        new("setgroups", [], Occasion.WithoutNoNewPrivileges, "set the groups of process.user"),
        new("setresgid", [], Occasion.WithoutNoNewPrivileges, "set process.user.gid"),
        new("setresuid", [], Occasion.WithoutNoNewPrivileges, "set process.user.uid"),
        Prctl(nameof(PR_SET_PDEATHSIG), [PR_SET_PDEATHSIG, KillSignal], Occasion.WithoutNoNewPrivileges,
            "have the container end with it during set-up", ""),
        new("chdir", [], Occasion.ClosedCwd, "enter process.cwd"),
        new("getcwd", [], Occasion.ClosedCwd, "verify that process.cwd is inside the container"),
        new("capset", [], Occasion.WithoutNoNewPrivileges, "set process.capabilities"),
        Prctl(nameof(PR_CAP_AMBIENT), [PR_CAP_AMBIENT], Occasion.WithoutNoNewPrivileges,
            "set ambient capabilities", "ambient capabilities stay as they are"),
        new("umask", [], Occasion.WithoutNoNewPrivileges, "set the umask", "the umask stays the runtime's"),
        new("newfstatat", [], Occasion.WithoutNoNewPrivileges, "look for the program"),
        new("faccessat", [], Occasion.WithoutNoNewPrivileges,
            "look for the program", "a program cannot start without CAP_DAC_OVERRIDE", ENOSYS),
        new("faccessat2", [], Occasion.ClosedProgram, "look for the program", ""), // EPERM and ENOSYS leave it to execve
        Prctl(nameof(PR_SET_PDEATHSIG), [PR_SET_PDEATHSIG, 0], Occasion.Always,
            "let the container outlive it", "the container dies as soon as create returns") with { IsFatal = true },
        new("rt_sigprocmask", [SetMask], Occasion.Always, "unblock signals", "its program starts with all signals blocked"),
        new("write", [], Occasion.Always, "report that the container is ready"),
        new("close", [], Occasion.Always, "close the socket to the runtime", ""),
        new("read", [], Occasion.Always, "wait for start"),
        new("clock_gettime", [], Occasion.Hooks, "time a hook", "timeouts of startContainer hooks are not enforced"),
        new("clone", [CloneForHook], Occasion.Hooks, "start a hook"),
        new("rt_sigaction", [], Occasion.Hooks, "reset signals for a hook", "startContainer hooks inherit ignored signals"),
        new("dup3", [], Occasion.Hooks, "pass the state to a hook"),
        new("ppoll", [], Occasion.Hooks, "wait for a hook", "timeouts of startContainer hooks are not enforced"),
        new("pidfd_send_signal", [], Occasion.Hooks, "kill a hook that takes too long",
            "timeouts of startContainer hooks are not enforced"),
        new("waitid", [], Occasion.Hooks, "wait for a hook", "a startContainer hook that fails is not noticed"),
        new("lseek", [], Occasion.Hooks, "read the output of a hook that failed", "the output of startContainer hooks is lost"),
        new("fcntl", [null, SetDescriptorFlags], Occasion.PreservedDescriptors,
            "pass descriptors on", "those of --preserve-fds and $LISTEN_FDS are closed"),
        new("execve", [], Occasion.Always, "execute the program"),
        new("exit_group", [], Occasion.Always, "exit if that fails", "a container that cannot start does not exit") { Ends = true },
    ];

    private static RuntimeNeed Prctl(
        string option,
        ulong?[] arguments,
        Occasion occasion,
        string purpose,
        string loss = RuntimeNeed.CannotStart,
        uint tolerableErrno = 0)
        => new("prctl", arguments, occasion, purpose, loss, tolerableErrno) { Spelling = $"prctl({option})" };
}
