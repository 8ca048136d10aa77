using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Plan;

/// <summary>All that another process of a running container must do.</summary>
internal sealed class ExecPlan : ProcessPlan
{
    /// <summary>The container's init, or a thread of its: setns(2) joins all of its namespaces at once through this, and no path is looked up.</summary>
    public required PidFd Target { get; init; }

    /// <summary>CLONE_NEW… of the namespaces that the config lists: the others are the runtime's own.</summary>
    public required ulong Namespaces { get; init; }

    /// <summary>As <see cref="Linux.NamespaceId"/> writes it; null: not known.</summary>
    public string? UserNamespace { get; init; }

    public KeyValuePair<string, string>[] ForeignOwners { get; init; } = [];

    /// <summary>The init's root, for a container without a mount namespace; null: joining that namespace enters its root.</summary>
    public Fd? Root { get; init; }

    /// <summary>v1 `tasks` files, joined by writing "0".</summary>
    public required Fd[] Tasks { get; init; }

    /// <summary>systemd moves the child into the container's cgroup once it is there: it waits for that.</summary>
    public bool AwaitsCgroup { get; set; }

    /// <summary>It stays in the caller's cgroup, which an ordinary user's runtime may not leave: the user has been told.</summary>
    public bool LacksCgroup { get; set; }

    /// <summary>config.md#execcpuaffinity: final, a mask; null: all that the cgroup allows.</summary>
    public byte[]? FinalAffinity { get; init; }

    /// <summary>Only initial was given: what follows is the kernel's business.</summary>
    public bool KeepsAffinity { get; init; }

    public bool HasPid => (Namespaces & CLONE_NEWPID) != 0;

    public override bool HasUser => (Namespaces & CLONE_NEWUSER) != 0;

    public override bool SecondClone => false;

    public override bool IsBornInside => HasPid;
}
