using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>All that the init must do, decided by the runtime before it clones: a fork inherits it as it is, nothing is sent.</summary>
internal sealed class InitPlan
{
    public required string Id { get; init; }

    public required Config Config { get; init; }

    public required NamespacePlan Namespaces { get; init; }

    /// <summary>By index of linux.namespaces; null where there is no path.</summary>
    public required Fd?[] NamespaceFds { get; init; }

    /// <summary>Absolute.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute.</summary>
    public required string Rootfs { get; init; }

    public required CapabilityPlan Capabilities { get; init; }

    /// <summary>The directories are there by the time that <see cref="Message.Cgroups"/> comes.</summary>
    public required CgroupView Cgroups { get; init; }

    /// <summary>null: none.</summary>
    public SeccompProgram? Seccomp { get; init; }

    /// <summary>Opened only if something is written there.</summary>
    public ProcFs? Proc { get; init; }

    /// <summary>null for a container without a process: it is created, but cannot be started.</summary>
    public required Fd ExecFifo { get; init; }

    public required Fd ExecResult { get; init; }

    /// <summary>--no-pivot: a root on a ramdisk cannot be pivoted away from.</summary>
    public bool NoPivot { get; init; }

    public bool NoNewKeyring { get; init; }

    /// <summary>3…3+N−1 reach the container.</summary>
    public int PreservedFds { get; init; }

    /// <summary>LISTEN_FDS of the caller, told to the container as its own.</summary>
    public int ListenFds { get; init; }

    /// <summary>Found out by the init: its user namespace does not let it set groups.</summary>
    public bool GroupsDenied { get; set; }

    /// <summary>The runtime is root; only then may it make itself undumpable and still write to its own /proc files.</summary>
    public bool IsPrivileged { get; init; }
}
