using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.State;

/// <summary>What is remembered of a container between two commands; state.json, a format of our own (see <see cref="StateFile"/>).</summary>
internal sealed class ContainerState
{
    public required string Id;

    /// <summary>Creating from the first moment, so that a create killed at any later one can be cleaned up.</summary>
    public Phase Phase;

    /// <summary>The runtime that creates it, and its start time (clock ticks since boot).</summary>
    public int RuntimePid;
    public ulong RuntimeStartTime;

    /// <summary>The container's first process as the host sees it; 0 until it is cloned.</summary>
    public int InitPid;
    /// <summary>Clock ticks since boot.</summary>
    public ulong InitStartTime;

    /// <summary>Nanoseconds since 1970, UTC.</summary>
    public long Created;

    /// <summary>Absolute.</summary>
    public string Bundle = "";
    /// <summary>Absolute.</summary>
    public string Rootfs = "";

    /// <summary>The config's own version; a state output says the runtime's.</summary>
    public string OciVersion = "";

    public KeyValuePair<string, string>[] Annotations = [];

    /// <summary>
    /// As <c>Cgroup.Paths</c>. Delete kills whatever is in them: record them only once they are known to be absent or empty.
    /// </summary>
    public KeyValuePair<string, string>[] CgroupPaths = [];

    /// <summary>As <c>Cgroup.Names</c>: what /proc/PID/cgroup says of a process in it.</summary>
    public string[] CgroupNames = [];

    /// <summary>config.md#posix-platform-hooks: start and delete run these.</summary>
    public Hook[] StartContainer = [];
    public Hook[] Poststart = [];
    public Hook[] Poststop = [];

    /// <summary>The death of init ends every process of the container; otherwise the cgroup is the only list of them.</summary>
    public bool PrivatePidNamespace;

    /// <summary>--no-new-keyring: the container has the caller's session keyring, and an exec joins none.</summary>
    public bool NoNewKeyring;

    /// <summary>args[0], for messages; null: a container without a process, which can be created but not started.</summary>
    public string? Program;

    /// <summary>What descriptors 0, 1 and 2 were links to (<c>pipe:[12345]</c>) when it was created: checkpoint writes it down for restore.</summary>
    public string[] Stdio = [];

    /// <summary>linux.intelRdt: directories of resctrl that are the container's own, in the order in which delete removes them.</summary>
    public string[] RdtPaths = [];

    /// <summary>Of the root that is bound over itself in the runtime's mount namespace, where the container has none; 0: it has one.</summary>
    public ulong RootMount;

    /// <summary>The systemd unit that it is in; null: systemd does not know of it.</summary>
    public string? Unit;

    /// <summary>The unit is the user's own service manager's.</summary>
    public bool UnitIsUsers;

    /// <summary>The init's, as <see cref="Linux.NamespaceId"/>; null: a version that did not remember it.</summary>
    public string? UserNamespace;

    /// <summary>The user namespaces that own others of its namespaces, by their names in /proc/PID/ns, where it is not that one.</summary>
    public KeyValuePair<string, string>[] ForeignOwners = [];

    /// <summary>By criu, which has put it into a time namespace, so that its clocks go on where they were.</summary>
    public bool Restored;
}

internal enum Phase { Creating, Created }
