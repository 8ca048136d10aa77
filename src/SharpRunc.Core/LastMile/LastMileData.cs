using SharpRunc.Linux;

namespace SharpRunc.Core.LastMile;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// All data of the last mile, laid out in native memory before it begins. From then on nothing is allocated and nothing is thrown, because
/// a seccomp filter may already decide which calls are allowed. Strings end in NUL, arrays in null.
/// </summary>
internal unsafe struct LastMileData
{
    /// <summary>The socket to the runtime; an init closes it after it has reported Ready.</summary>
    public int Channel;
    /// <summary>
    /// exec.fifo, opened for reading and writing by create: a byte in it means start. −1 for an exec, which does not wait.
    /// </summary>
    public int ExecFifo;
    /// <summary>
    /// exec.result, close-on-exec: its end of file means that execve succeeded. −1 for an exec, which uses the channel for that.
    /// </summary>
    public int ExecResult;

    /// <summary>Descriptors closed before the wait, as ranges first…last.</summary>
    public CloseRange* Close;
    public int CloseCount;
    /// <summary>Descriptors that stay open across execve, as ranges.</summary>
    public CloseRange* Passed;
    public int PassedCount;

    /// <summary>Pages with the same contents as the binary's file: dropped while we wait.</summary>
    public PageRange* Clean;
    public int CleanCount;

    public byte NoNewPrivileges;
    /// <summary>null: no seccomp.</summary>
    public sock_fprog* Filter;
    public uint FilterFlags;
    public FilterMoment FilterMoment;
    /// <summary>
    /// The filter plus the calls of the birth that it forbids: loaded before the birth if the filter itself cannot be. null: not needed.
    /// </summary>
    public sock_fprog* BirthFilter;
    public uint BirthFilterFlags;

    public sched_attr* Scheduler;
    /// <summary>ioprio_set(2) value; −1: unchanged.</summary>
    public int IoPriority;
    /// <summary>personality(2); −1: unchanged.</summary>
    public long Personality;

    /// <summary>MPOL_… with its flags; −1: unchanged.</summary>
    public int MemoryPolicy;
    /// <summary>One bit per node, in whole longs; and the number of bits, plus the one more that set_mempolicy(2) expects.</summary>
    public byte* Nodes;
    public int NodeBits;

    public uint Uid, Gid;
    public uint* Groups;
    public int GroupCount;
    /// <summary>0 in a user namespace where setgroups is denied.</summary>
    public byte SetGroups;

    /// <summary>Capabilities dropped from the bounding set, one bit each.</summary>
    public ulong BoundingDrop;
    public ulong Effective, Permitted, Inheritable, Ambient;

    public uint Umask;
    public byte* Cwd;

    /// <summary>Paths to try for the program, in the order of PATH.</summary>
    public byte** Candidates;
    public byte** Argv;
    public byte** Envp;

    public HookData* Hooks;
    public int HookCount;

    /// <summary>The program's path, once it is found.</summary>
    public byte* Program;

    /// <summary>
    /// Whether a child is born inside, and the memory that it does not get (see <see cref="Birth"/>). Otherwise, the memory that an init
    /// drops before it waits.
    /// </summary>
    public byte IsBornInside;
    public PageRange* Dropped;
    public int DroppedCount;
    /// <summary>The pages of an init's own stack; those that are not in use are dropped too.</summary>
    public nint StackLow, StackHigh;
    /// <summary>1 if the filter does not allow dropping the memory later.</summary>
    public byte DropsMemoryBeforeFilter;
    /// <summary>Top of the stack of the child that is born inside.</summary>
    public byte* Stack;
    /// <summary>Whether descriptor 0 becomes the controlling terminal of its session.</summary>
    public byte SetsTerminal;
    /// <summary>The RLIMIT_NPROC of the child inside, which could have prevented its birth; null: unchanged.</summary>
    public rlimit64* ProcessLimit;
    /// <summary>An unprivileged user's later commands join the waiting init, which must be dumpable for that.</summary>
    public byte MayBeJoined;
    /// <summary>Capabilities beyond the program's, kept until the filter is loaded.</summary>
    public ulong TemporaryCapabilities;
}

/// <summary>When the filter is loaded. seccomp(2) requires no_new_privs or CAP_SYS_ADMIN.</summary>
internal enum FilterMoment : byte
{
    /// <summary>Before the program's credentials, which lack the privilege, are set.</summary>
    WithPrivilege,
    /// <summary>
    /// After the credentials, in the process outside: a tracer of the process born inside could keep that from loading it.
    /// </summary>
    BeforeBirth,
    /// <summary>As late as possible.</summary>
    Last,
}

/// <summary>One hook, ready to be spawned.</summary>
internal unsafe struct HookData
{
    public byte* Path;
    public byte** Argv;
    public byte** Envp;
    /// <summary>A memfd that holds the container's state.</summary>
    public int Stdin;
    /// <summary>A memfd for standard output and error.</summary>
    public int Output;
    /// <summary>−1: no limit.</summary>
    public int TimeoutMilliseconds;
    /// <summary>Polled along with the hook, and ends the hook when readable: a signalfd of the runtime; −1: none.</summary>
    public int Interruption;
    /// <summary>The number of the session keyring that the hook must have, or else get an empty one; 0: whichever it inherits.</summary>
    public int SessionKeyring;
    /// <summary>Top of the stack that the child runs on until it executes.</summary>
    public byte* Stack;
    /// <summary>Set by the child if it cannot execute.</summary>
    public int Errno;
}

/// <summary>How a hook ended.</summary>
internal struct HookOutcome
{
    /// <summary>The errno if it could not be started; 0: it ran.</summary>
    public int Errno;
    /// <summary>Exit status, or 128 + signal.</summary>
    public int Status;
    public int Milliseconds;
    public byte TimedOut;
    /// <summary>Its <see cref="HookData.Interruption"/> was readable.</summary>
    public byte Interrupted;
}

/// <summary>Where the last mile can fail.</summary>
internal enum LastMileStage : byte
{
    NoNewPrivileges = 1, Scheduler, IoPriority, Personality, MemoryPolicy, Seccomp, Listener,
    CloseDescriptors, BoundingSet, KeepCapabilities, Groups, Gid, Uid, Cwd, CwdOutside, Capabilities,
    ProgramMissing, ProgramRefused, Ready, Wait, Hook, Execve, Birth, Terminal, ProcessLimit,
}

/// <summary>The process inside, in the pid numbering of the process outside.</summary>
internal struct BornMessage
{
    /// <summary>Message.Born.</summary>
    public byte Kind;
    public int Pid;
}

/// <summary>The number of the seccomp listener's descriptor in the process.</summary>
internal struct ListenerNumber
{
    /// <summary>Message.Listener.</summary>
    public byte Kind;
    public int Fd;
}

/// <summary>A failure as it is written to the channel or to exec.result. It has a fixed size, so it needs no allocation.</summary>
internal unsafe struct Failure
{
    public const int TextSize = 1024;

    /// <summary>Message.Failure.</summary>
    public byte Kind;
    public byte Stage;
    public byte TimedOut;
    public int Errno;
    /// <summary>Index of the hook or of the candidate.</summary>
    public int Index;
    /// <summary>A hook's exit status, and how long it ran.</summary>
    public int Status, Milliseconds;
    public int TextLength;
    public fixed byte Text[TextSize];
}
