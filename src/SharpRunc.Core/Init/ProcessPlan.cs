using SharpRunc.Core.Init.LastMile;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

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

    /// <summary>A PID namespace that is entered after a user namespace takes effect in the next child only.</summary>
    public abstract bool SecondClone { get; }

    /// <summary>Found out by the child: its user namespace does not let it set groups.</summary>
    public bool GroupsDenied { get; set; }

    /// <summary>The runtime is root; only then may it make itself undumpable and still write to its own /proc files.</summary>
    public bool IsPrivileged { get; init; }
}
