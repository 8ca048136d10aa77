namespace SharpRunc.Core.Messages;

/// <summary>What the runtime and the init say to each other while a container is created; the first byte of each message.</summary>
internal enum Message : byte
{
    /// <summary>The other side is gone.</summary>
    None = 0,

    // child → parent
    /// <summary>The user namespace (and time namespace) exists: write its maps and offsets.</summary>
    Namespaces = (byte)'N',
    /// <summary>I am the second clone: my credentials tell my pid.</summary>
    SecondClone = (byte)'P',
    /// <summary>My child goes on inside (a <see cref="LastMile.Born"/>), and waits for <see cref="Go"/>.</summary>
    Born = (byte)'B',
    /// <summary>Clone mount source i (4 bytes) for me: my mapped root cannot reach it.</summary>
    TreeWanted = (byte)'T',
    /// <summary>Have a procfs opened in the PID namespace by path: I am not in it.</summary>
    ProcWanted = (byte)'Q',
    /// <summary>Give my tree (one descriptor) the id mapping of mount i (4 bytes): the kernel asks who may, and that is not my root.</summary>
    IdMapWanted = (byte)'I',
    /// <summary>All mounts are in place, the root is not switched: network devices may come, and runtime hooks run.</summary>
    Mounted = (byte)'M',
    /// <summary>About to drop privileges: set my resource limits, and what else I may not set.</summary>
    Limits = (byte)'L',
    /// <summary>The terminal's master end (one descriptor).</summary>
    Console = (byte)'Y',
    /// <summary>This standard stream (one descriptor) shall be this user's (4 bytes): its owner is not mapped where I am.</summary>
    StdioOwner = (byte)'O',
    /// <summary>Open this device (one descriptor) once more, through a mount on which its node cannot be changed.</summary>
    DeviceWanted = (byte)'D',
    /// <summary>The filter is loaded: pass this descriptor of mine (a <see cref="LastMile.ListenerNumber"/>) on to who listens.</summary>
    Listener = (byte)'S',
    /// <summary>Something was not done as asked, and the container is made all the same: warn of it.</summary>
    Warning = (byte)'W',
    /// <summary>Waiting in exec.fifo.</summary>
    Ready = (byte)'R',
    /// <summary>Set-up failed: a ContainerException's fields.</summary>
    Error = (byte)'E',
    /// <summary>The last mile failed: a <see cref="LastMile.Failure"/>.</summary>
    Failure = (byte)'F',

    /// <summary>Here is your end of the socket to criu, which I now become (one descriptor).</summary>
    Criu = (byte)'C',

    // parent → child
    Mapped = (byte)'m',
    /// <summary>Here is the tree (one descriptor), or none with an errno (4 bytes).</summary>
    Tree = (byte)'t',
    /// <summary>An errno (4 bytes), or 0 with what fsopen(2) gave (one descriptor).</summary>
    Proc = (byte)'q',
    /// <summary>The tree has its id mapping, or an errno (4 bytes).</summary>
    IdMapped = (byte)'i',
    /// <summary>Cgroups and limits are ready: join by writing "0" to these descriptors.</summary>
    Cgroups = (byte)'c',
    Go = (byte)'g',
    StdioOwned = (byte)'o',
    /// <summary>Here is the device (one descriptor), or none with an errno (4 bytes).</summary>
    Device = (byte)'d',
    ConsoleTaken = (byte)'y',
    LimitsSet = (byte)'l',
    ListenerTaken = (byte)'s',
}
