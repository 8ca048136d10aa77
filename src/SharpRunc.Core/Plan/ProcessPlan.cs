using System;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Plan;

/// <summary>What every process that we bring into a container needs, its init and an exec's alike: decided by the runtime before it clones.</summary>
internal abstract class ProcessPlan
{
    public required string Id { get; init; }

    /// <summary>The container's, as create read it.</summary>
    public required Config Config { get; init; }

    /// <summary>null for a container without a process: it is created, but cannot be started.</summary>
    public required Process? Process { get; init; }

    public required CapabilityPlan Capabilities { get; init; }

    /// <summary>null: none.</summary>
    public SeccompProgram? Seccomp { get; init; }

    /// <summary>null: the filter decides alone.</summary>
    public SeccompListener? Listener { get; init; }

    /// <summary>Opened only if something is written there.</summary>
    public ProcFs? Proc { get; init; }

    public bool NoNewKeyring { get; init; }

    /// <summary>The numbers of the caller's descriptors that reach the container, in order.</summary>
    public CloseRange[] PassedFds { get; init; } = [];

    /// <summary>The process runs in a user namespace that is not the runtime's, however it got there.</summary>
    public abstract bool HasUser { get; }

    /// <summary>A PID namespace that is made after a user namespace takes effect in the next child only.</summary>
    public abstract bool SecondClone { get; }

    /// <summary>Others are in its PID namespace: it is set up outside, and goes in at the last moment (see <see cref="LastMile.Birth"/>).</summary>
    public abstract bool IsBornInside { get; }

    /// <summary>
    /// The runtime sets it: where the kernel asks for privilege over the host's user namespace, and (sched(7)) what a child does not inherit, or what
    /// forbids to have one, for who is born inside.
    /// </summary>
    public bool IsScheduledFromOutside => Process?.Scheduler is { } scheduler && (LacksPrivilege || IsBornInside
        && (scheduler.Policy == "SCHED_DEADLINE" || Array.IndexOf(scheduler.Flags, "SCHED_FLAG_RESET_ON_FORK") >= 0));

    /// <summary>The runtime sets it, for want of privilege over the host's user namespace.</summary>
    public bool IsPrioritizedFromOutside => Process?.IoPriority is not null && LacksPrivilege;

    private bool LacksPrivilege => HasUser && IsPrivileged;

    /// <summary>Found out by the child: its user namespace does not let it set groups, or the config does not.</summary>
    public bool KeepsGroups { get; set; }

    /// <summary>The runtime is root; only then may it make itself undumpable and still write to its own /proc files.</summary>
    public bool IsPrivileged { get; init; }
}
