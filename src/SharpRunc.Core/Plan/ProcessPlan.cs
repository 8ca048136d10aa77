using System;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Plan;

/// <summary>
/// What every process that enters a container needs, the init and an exec process alike. The runtime decides it before the clone.
/// </summary>
internal abstract class ProcessPlan
{
    public required string Id { get; init; }

    /// <summary>null for a container without a process: it is created, but cannot be started.</summary>
    public required Process? Process { get; init; }

    public required CapabilityPlan Capabilities { get; init; }

    /// <summary>null: none.</summary>
    public SeccompProgram? Seccomp { get; init; }

    /// <summary>null: the filter decides alone.</summary>
    public SeccompListener? Listener { get; init; }

    /// <summary>Opened only if something is written to it.</summary>
    public ProcFs? Proc { get; init; }

    /// <summary>The name of the container's session keyring; null: the process keeps the caller's.</summary>
    public required string? Keyring { get; init; }

    /// <summary>The flag that sets <see cref="Spec.Process.Cwd"/>; null: a file does. For the error message.</summary>
    public string? CwdFlag { get; init; }

    /// <summary>The numbers of the caller's descriptors that are passed to the container, in order.</summary>
    public CloseRange[] PassedFds { get; init; } = [];

    /// <summary>The hooks that the process runs before its program.</summary>
    public virtual Hook[] StartHooks => [];

    /// <summary>The process runs in a user namespace that is not the runtime's, whether new or joined.</summary>
    public abstract bool HasUser { get; }

    /// <summary>A PID namespace made after a user namespace takes effect only in the next child.</summary>
    public abstract bool SecondClone { get; }

    /// <summary>
    /// Its PID namespace has other processes: it is set up outside, and enters at the last moment (see <see cref="LastMile.Birth"/>).
    /// </summary>
    public abstract bool IsBornInside { get; }

    /// <summary>
    /// The runtime sets the scheduler if the kernel requires privilege over the host's user namespace. It also does so for a process born
    /// inside if (sched(7)) a child would not inherit it, or if the policy forbids having children.
    /// </summary>
    public bool IsScheduledFromOutside => Process?.Scheduler is { } scheduler && (LacksPrivilege || IsBornInside
        && (scheduler.Policy == "SCHED_DEADLINE" || Array.IndexOf(scheduler.Flags, "SCHED_FLAG_RESET_ON_FORK") >= 0));

    /// <summary>The runtime sets the I/O priority if privilege over the host's user namespace is needed.</summary>
    public bool IsPrioritizedFromOutside => Process?.IoPriority is not null && LacksPrivilege;

    private bool LacksPrivilege => HasUser && IsPrivileged;

    public required CommonSettings Common { get; init; }

    /// <summary>The runtime is root. Only then can it make itself undumpable and still write to its own /proc files.</summary>
    public bool IsPrivileged { get; init; }
}

/// <summary>What the config says outside of `process` about every process of the container: its init and those of exec.</summary>
internal sealed record CommonSettings
{
    /// <summary>The caller's supplementary groups stay, and none is set (<see cref="EngineAnnotations.KeepsGroups"/>).</summary>
    public bool KeepsGroups { get; private init; }

    public Personality? Personality { get; private init; }

    public MemoryPolicy? MemoryPolicy { get; private init; }

    /// <summary>linux.resources.cpu.cpus, for an error of the scheduler.</summary>
    public string? Cpus { get; private init; }

    public static CommonSettings From(Config config) => new()
    {
        KeepsGroups = EngineAnnotations.KeepsGroups(config),
        Personality = config.Linux.Personality,
        MemoryPolicy = config.Linux.MemoryPolicy,
        Cpus = config.Linux.Resources?.Cpu?.Cpus,
    };
}
