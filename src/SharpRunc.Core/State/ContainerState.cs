using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.State;

/// <summary>The state of a container that is kept between commands: state.json, in our own format (see <see cref="StateFile"/>).</summary>
internal sealed class ContainerState
{
    public required string Id;

    /// <summary>Creating from the start, so that a create killed at any later moment can be cleaned up.</summary>
    public Phase Phase;

    /// <summary>The creating runtime process, and its start time (clock ticks since boot).</summary>
    public int RuntimePid;
    public ulong RuntimeStartTime;

    /// <summary>The container's init in the host's pid numbering; 0 until it is cloned.</summary>
    public int InitPid;
    /// <summary>Clock ticks since boot.</summary>
    public ulong InitStartTime;

    /// <summary>Nanoseconds since 1970, UTC.</summary>
    public long Created;

    /// <summary>Absolute.</summary>
    public string Bundle = "";
    /// <summary>Absolute.</summary>
    public string Rootfs = "";

    /// <summary>The config's version; the state command reports the runtime's.</summary>
    public string OciVersion = "";

    public KeyValuePair<string, string>[] Annotations = [];

    /// <summary>
    /// As <c>Cgroup.Paths</c>. Delete kills all processes in them: record them only once they are known to be absent or empty.
    /// </summary>
    public KeyValuePair<string, string>[] CgroupPaths = [];

    /// <summary>As <c>Cgroup.Names</c>: the path in /proc/PID/cgroup of a process in it.</summary>
    public string[] CgroupNames = [];

    /// <summary>config.md#posix-platform-hooks: run by start and delete.</summary>
    public Hook[] StartContainer = [];
    public Hook[] Poststart = [];
    public Hook[] Poststop = [];

    /// <summary>Whether all processes of the container end with its init. If not, only the cgroup lists them.</summary>
    public bool PrivatePidNamespace;

    /// <summary>--no-new-keyring: the container has the caller's session keyring, and an exec joins none.</summary>
    public bool NoNewKeyring;

    /// <summary>The name of its session keyring; null: none of its own, or created by a version that did not record it.</summary>
    public string? Keyring;

    /// <summary>args[0], for messages; null: a container without a process, which can be created but not started.</summary>
    public string? Program;

    /// <summary>The link targets of descriptors 0, 1 and 2 (<c>pipe:[12345]</c>) at creation: checkpoint stores them for restore.</summary>
    public string[] Stdio = [];

    /// <summary>linux.intelRdt: the container's own directories in resctrl, in the order in which delete removes them.</summary>
    public string[] RdtPaths = [];

    /// <summary>Mount ID of the root bound over itself in the runtime's mount namespace; 0: the container has a mount namespace.</summary>
    public ulong RootMount;

    /// <summary>The systemd unit of the container; null: none.</summary>
    public string? Unit;

    /// <summary>The unit belongs to the user's service manager.</summary>
    public bool UnitIsOfUserManager;

    /// <summary>The init's user namespace, as <see cref="Linux.NamespaceId"/>; null: created by a version that did not record it.</summary>
    public string? UserNamespace;

    /// <summary>Owners of its namespaces that are not its own user namespace, by the namespaces' names in /proc/PID/ns.</summary>
    public KeyValuePair<string, string>[] ForeignOwners = [];

    /// <summary>Restored by criu, which puts it into a time namespace so that its clocks continue where they were.</summary>
    public bool Restored;
}

internal enum Phase { Creating, Created }

/// <summary>A state.json that cannot be used; the message says why.</summary>
internal sealed class StateFormatException(string message, bool isDamage = false, bool isNewer = false) : Exception(message)
{
    public bool IsNewer => isNewer;

    /// <summary>It was probably written by us.</summary>
    public bool IsDamage => isDamage;
}

/// <summary>The container exists, but its state can no longer be read.</summary>
internal sealed class DamagedStateException(string message, Exception inner) : ContainerException(ErrorCode.StateDamaged, message, inner)
{
    public const string Remedy = "delete --force removes what is left of the container";
}
