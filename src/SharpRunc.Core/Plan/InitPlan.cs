using System.Collections.Generic;
using SharpRunc.Core.Spec;
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

    public required RootfsPlan Rootfs { get; init; }

    /// <summary>null: the namespace's own.</summary>
    public string? Hostname { get; init; }

    /// <summary>Likewise.</summary>
    public string? Domainname { get; init; }

    /// <summary>The maps of a new user namespace.</summary>
    public IdMapping[] UidMappings { get; init; } = [];

    public IdMapping[] GidMappings { get; init; } = [];

    public TimeOffsets? TimeOffsets { get; init; }

    /// <summary>The init runs createContainer and startContainer; the runtime runs the others.</summary>
    public required Spec.Hooks Hooks { get; init; }

    /// <summary>For the state that hooks get.</summary>
    public required KeyValuePair<string, string>[] Annotations { get; init; }

    /// <summary>The runtime has work to do between the mounts and the switch of roots: hooks, network devices.</summary>
    public bool StopsAfterMounts { get; init; }

    /// <summary>linux.sysctl; the path is below /proc/sys.</summary>
    public (string Key, string Path, string Value)[] Sysctls { get; init; } = [];

    public required Fd ExecFifo { get; init; }

    public required Fd ExecResult { get; init; }

    /// <summary>
    /// Where the two are, for an init that opens them again; null: they were opened through a read-only clone. The directory is absolute.
    /// </summary>
    public (string Directory, string Fifo, string Result)? FifoPlace { get; init; }

    /// <summary>The caller's LISTEN_FDS, passed to the container as its own.</summary>
    public int ListenFds { get; init; }

    public override Hook[] StartHooks => Hooks.StartContainer;

    public override bool HasUser => Namespaces.HasUser;

    public override bool SecondClone => Namespaces.SecondClone;

    public override bool IsBornInside => Namespaces.JoinsPid;
}
