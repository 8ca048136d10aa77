using System.Collections.Generic;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Plan;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What another process of a running container must do.</summary>
internal sealed class ExecPlan : ProcessPlan
{
    /// <summary>
    /// The container's init, or one of its threads: setns(2) joins all of its namespaces at once through this, without a path lookup.
    /// </summary>
    public required PidFd Target { get; init; }

    /// <summary>CLONE_NEW… flags of the namespaces to join; the others are the runtime's own.</summary>
    public required ulong Namespaces { get; init; }

    /// <summary>The namespaces that the config lists.</summary>
    public required Namespace[] Listed { get; init; }

    /// <summary>In the format of <see cref="Linux.NamespaceId"/>; null: unknown.</summary>
    public string? UserNamespace { get; init; }

    public KeyValuePair<string, string>[] ForeignOwners { get; init; } = [];

    /// <summary>
    /// The name of its keyring is known in the runtime's user namespace, not in the container's: restore made it before criu made that.
    /// </summary>
    public bool IsKeyringOutside { get; init; }

    /// <summary>The init's root, for a container without a mount namespace; null: joining the mount namespace enters its root.</summary>
    public Fd? Root { get; init; }

    /// <summary>v1 `tasks` files, joined by writing "0".</summary>
    public required Fd[] Tasks { get; init; }

    /// <summary>config.md#execcpuaffinity: `final` as a mask; null: all that the cgroup allows.</summary>
    public byte[]? FinalAffinity { get; init; }

    /// <summary>Only `initial` was given: the kernel decides what follows.</summary>
    public bool KeepsAffinity { get; init; }

    public bool HasPid => (Namespaces & CLONE_NEWPID) != 0;

    public override bool HasUser => (Namespaces & CLONE_NEWUSER) != 0;

    public override bool SecondClone => false;

    public override bool IsBornInside => HasPid;
}
