namespace SharpRunc.Core.Messages;

/// <summary>The first byte of each message between the runtime and a child that it sets up.</summary>
internal enum Message : byte
{
    /// <summary>The other side is gone.</summary>
    None = 0,

    // child → parent
    /// <summary>The user namespace (and time namespace) exists: write its maps and offsets.</summary>
    Namespaces = (byte)'N',
    /// <summary>I am the second clone: my credentials have my pid.</summary>
    SecondClone = (byte)'P',
    /// <summary>My child continues inside (a <see cref="LastMile.BornMessage"/>), and waits for <see cref="Go"/>.</summary>
    Born = (byte)'B',
    /// <summary>Clone mount source i (4 bytes) for me: my mapped root cannot access it.</summary>
    TreeRequest = (byte)'T',
    /// <summary>Have a procfs opened in the PID namespace by path: I am not inside.</summary>
    ProcRequest = (byte)'Q',
    /// <summary>Set the id mapping of mount i (4 bytes) on my tree (one descriptor): my root lacks the privilege.</summary>
    IdMapRequest = (byte)'I',
    /// <summary>All mounts are in place and the root is not switched yet: move network devices, run runtime hooks.</summary>
    Mounted = (byte)'M',
    /// <summary>I am about to drop privileges: set my resource limits, and what else I may not set.</summary>
    Rlimits = (byte)'L',
    /// <summary>Here is the terminal's master end (one descriptor).</summary>
    Console = (byte)'Y',
    /// <summary>
    /// Make this user (4 bytes) the owner of this standard stream (one descriptor): the present owner is not mapped where I am.
    /// </summary>
    StdioOwner = (byte)'O',
    /// <summary>Reopen this device (one descriptor) through a mount on which its node cannot be changed.</summary>
    DeviceRequest = (byte)'D',
    /// <summary>The filter is loaded: pass this descriptor of mine (a <see cref="LastMile.ListenerNumber"/>) on to the listener.</summary>
    Listener = (byte)'S',
    /// <summary>Something was not done as asked, but the container is made: log this warning.</summary>
    Warning = (byte)'W',
    /// <summary>I wait in exec.fifo.</summary>
    Ready = (byte)'R',
    /// <summary>Set-up failed: the fields of a ContainerException.</summary>
    Error = (byte)'E',
    /// <summary>The last mile failed: a <see cref="LastMile.Failure"/>.</summary>
    Failure = (byte)'F',

    /// <summary>Here is your end of the socket to criu (one descriptor); I execute criu next.</summary>
    Criu = (byte)'C',

    // parent → child
    Mapped = (byte)'m',
    /// <summary>Here is the tree (one descriptor), or none with an errno (4 bytes).</summary>
    Tree = (byte)'t',
    /// <summary>An errno (4 bytes), or 0 and the descriptor from fsopen(2).</summary>
    Proc = (byte)'q',
    /// <summary>The tree has its id mapping, or an errno (4 bytes).</summary>
    IdMapped = (byte)'i',
    /// <summary>Cgroups and limits are ready: join by writing "0" to these descriptors.</summary>
    Cgroups = (byte)'c',
    Go = (byte)'g',
    StdioOwnerSet = (byte)'o',
    /// <summary>Here is the device (one descriptor), or none with an errno (4 bytes).</summary>
    Device = (byte)'d',
    ConsoleReceived = (byte)'y',
    RlimitsSet = (byte)'l',
    ListenerReceived = (byte)'s',
}
