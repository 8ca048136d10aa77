using SharpRunc.Linux;

namespace SharpRunc.Core.Plan;

/// <summary>What the init must do. A fork inherits it as it is; nothing is sent.</summary>
internal sealed class InitPlan : ProcessPlan
{
    public required NamespacePlan Namespaces { get; init; }

    /// <summary>By index of linux.namespaces; null for an entry without a path.</summary>
    public required Fd?[] NamespaceFds { get; init; }

    /// <summary>Absolute.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute.</summary>
    public required string Rootfs { get; init; }

    /// <summary>The directories exist once the runtime says so (<see cref="Messages.Message.Cgroups"/>).</summary>
    public required CgroupView Cgroups { get; init; }

    public required MountStep[] Mounts { get; init; }

    /// <summary>By index of mounts[]: a user namespace with the mount's own id mapping, or null. Empty where no mount has one.</summary>
    public Fd?[] MountMappings { get; init; } = [];

    /// <summary>The device nodes that the init cannot make in a user namespace; null: none.</summary>
    public Tree? Nodes { get; init; }

    /// <summary>linux.sysctl; the path is below /proc/sys.</summary>
    public (string Key, string Path, string Value)[] Sysctls { get; init; } = [];

    public required Fd ExecFifo { get; init; }

    public required Fd ExecResult { get; init; }

    /// <summary>--no-pivot: pivot_root does not work on a ramdisk root.</summary>
    public bool NoPivot { get; init; }

    /// <summary>The caller's LISTEN_FDS, passed to the container as its own.</summary>
    public int ListenFds { get; init; }

    public override bool HasUser => Namespaces.HasUser;

    public override bool SecondClone => Namespaces.SecondClone;

    public override bool IsBornInside => Namespaces.JoinsPid;
}
