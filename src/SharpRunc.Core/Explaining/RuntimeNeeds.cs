namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

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
