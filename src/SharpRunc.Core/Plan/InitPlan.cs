using SharpRunc.Linux;

namespace SharpRunc.Core.Plan;

/// <summary>All that the init must do: a fork inherits it as it is, nothing is sent.</summary>
internal sealed class InitPlan : ProcessPlan
{
    public required NamespacePlan Namespaces { get; init; }

    /// <summary>By index of linux.namespaces; null where there is no path.</summary>
    public required Fd?[] NamespaceFds { get; init; }

    /// <summary>Absolute.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute.</summary>
    public required string Rootfs { get; init; }

    /// <summary>The directories are there by the time that the runtime says so (<see cref="Messages.Message.Cgroups"/>).</summary>
    public required CgroupView Cgroups { get; init; }

    public required MountStep[] Mounts { get; init; }

    /// <summary>By index of mounts[]: a user namespace with the mount's own id mapping, or null. Empty where no mount has one.</summary>
    public Fd?[] MountMappings { get; init; } = [];

    /// <summary>The device nodes that a user namespace does not let the init make; null: there are none.</summary>
    public Tree? Nodes { get; init; }

    /// <summary>linux.sysctl; the path is below /proc/sys.</summary>
    public (string Key, string Path, string Value)[] Sysctls { get; init; } = [];

    public required Fd ExecFifo { get; init; }

    public required Fd ExecResult { get; init; }

    /// <summary>--no-pivot: a root on a ramdisk cannot be pivoted away from.</summary>
    public bool NoPivot { get; init; }

    /// <summary>LISTEN_FDS of the caller, told to the container as its own.</summary>
    public int ListenFds { get; init; }

    public override bool HasUser => Namespaces.HasUser;

    public override bool SecondClone => Namespaces.SecondClone;

    public override bool IsBornInside => Namespaces.JoinsPid;
}
