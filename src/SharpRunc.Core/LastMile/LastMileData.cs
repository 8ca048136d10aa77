using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.LastMile;

/// <summary>
/// All that the last mile needs, laid out in native memory before it begins: from here on nothing is allocated and nothing
/// is thrown, because a seccomp filter may already decide which calls are allowed. Strings end in NUL, arrays in null.
/// </summary>
internal unsafe struct LastMileData
{
    /// <summary>The socket to the runtime; an init closes it once it has said that it waits.</summary>
    public int Channel;
    /// <summary>exec.fifo, opened for both ends by create: a byte in it means start. −1 for an exec, which waits for nobody.</summary>
    public int ExecFifo;
    /// <summary>exec.result, close-on-exec: its end is the news that execve succeeded. −1 for an exec, whose channel serves for that.</summary>
    public int ExecResult;

    /// <summary>Descriptors closed before the wait, as ranges first…last.</summary>
    public CloseRange* Close;
    public int CloseCount;
    /// <summary>What stays open across execve, as ranges too.</summary>
    public CloseRange* Passed;
    public int PassedCount;

    /// <summary>Pages that hold nothing but what the binary's file holds: given back to the kernel while we wait.</summary>
    public PageRange* Clean;
    public int CleanCount;

    public byte NoNewPrivileges;
    /// <summary>null: no seccomp.</summary>
    public sock_fprog* Filter;
    public uint FilterFlags;
    public FilterMoment FilterMoment;
    /// <summary>The filter, and the calls of a birth that it forbids: loaded before the birth, where the filter itself cannot be. null: not needed.</summary>
    public sock_fprog* BirthFilter;
    public uint BirthFilterFlags;

    public sched_attr* Scheduler;
    /// <summary>ioprio_set(2) value; −1: unchanged.</summary>
    public int IoPriority;
    /// <summary>personality(2); −1: unchanged.</summary>
    public long Personality;

    /// <summary>MPOL_… with its flags; −1: unchanged.</summary>
    public int MemoryPolicy;
    /// <summary>One bit a node, in whole longs; and how many bits, with the one more that set_mempolicy(2) wants.</summary>
    public byte* Nodes;
    public int NodeBits;

    public uint Uid, Gid;
    public uint* Groups;
    public int GroupCount;
    /// <summary>0 in a user namespace where setgroups is denied.</summary>
    public byte SetGroups;

    /// <summary>Capabilities taken out of the bounding set, one bit each.</summary>
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

    /// <summary>The program, once it is found.</summary>
    public byte* Program;

    /// <summary>Whether a child is born inside, and the memory that it does not get (see <see cref="Birth"/>); else what an init drops before it waits.</summary>
    public byte IsBornInside;
    public PageRange* Forget;
    public int ForgetCount;
    /// <summary>The pages of an init's own stack; what it does not stand on is dropped too.</summary>
    public nint StackLow, StackHigh;
    /// <summary>The filter would not let it.</summary>
    public byte ForgetsEarly;
    /// <summary>Top of the stack that it runs on.</summary>
    public byte* Stack;
    /// <summary>Descriptor 0 becomes its session's controlling terminal.</summary>
    public byte TakesTerminal;
    /// <summary>Its RLIMIT_NPROC, which could have forbidden its birth; null: unchanged.</summary>
    public rlimit64* ProcessLimit;
    /// <summary>Its user is no more privileged than it, and joins its namespaces before the program runs: that needs it dumpable.</summary>
    public byte MayBeJoined;
    /// <summary>Capabilities beyond the program's, until the filter is loaded.</summary>
    public ulong Lent;
}

/// <summary>When the filter is loaded. seccomp(2) wants no_new_privs or CAP_SYS_ADMIN.</summary>
internal enum FilterMoment : byte
{
    /// <summary>Before the program's credentials take the privilege away.</summary>
    WithPrivilege,
    /// <summary>After them, outside: who traces the one that is born inside could keep it from doing so.</summary>
    BeforeBirth,
    /// <summary>As late as can be.</summary>
    Last,
}

/// <summary>One hook, ready to be spawned.</summary>
internal unsafe struct HookData
{
    public byte* Path;
    public byte** Argv;
    public byte** Envp;
    /// <summary>A file in memory that holds the container's state.</summary>
    public int Stdin;
    /// <summary>A file in memory for standard output and error.</summary>
    public int Output;
    /// <summary>−1: no limit.</summary>
    public int TimeoutMilliseconds;
    /// <summary>What to poll beside the hook, and to end it for: a signalfd of the runtime's; −1: nothing.</summary>
    public int Interruption;
    /// <summary>Top of the stack the child runs on until it executes.</summary>
    public byte* Stack;
    /// <summary>Filled by the child if it cannot execute.</summary>
    public int Errno;
}

/// <summary>How a hook ended.</summary>
internal struct HookOutcome
{
    /// <summary>It could not be started: errno; 0: it ran.</summary>
    public int Errno;
    /// <summary>Exit status, or 128 + signal.</summary>
    public int Status;
    public int Milliseconds;
    public byte TimedOut;
    /// <summary>Its <see cref="HookData.Interruption"/> was readable.</summary>
    public byte Interrupted;
}

/// <summary>Where the last mile can fail.</summary>
internal enum Stage : byte
{
    NoNewPrivileges = 1, Scheduler, IoPriority, Personality, MemoryPolicy, Seccomp, Listener, CloseDescriptors, BoundingSet, KeepCapabilities, Groups, Gid, Uid,
    Cwd, CwdOutside, Capabilities, ProgramMissing, ProgramRefused, Ready, Wait, Hook, Execve, Birth, Terminal, ProcessLimit,
}

/// <summary>Who goes on inside, as the process outside numbers it.</summary>
internal struct Born
{
    /// <summary>Message.Born.</summary>
    public byte Kind;
    public int Pid;
}

/// <summary>Where the descriptor is that a listener wants.</summary>
internal struct ListenerNumber
{
    /// <summary>Message.Listener.</summary>
    public byte Kind;
    public int Fd;
}

/// <summary>A failure as it is written to the channel or to exec.result: fixed, so that it needs no memory.</summary>
internal unsafe struct Failure
{
    public const int TextSize = 1024;

    /// <summary>Message.Failure.</summary>
    public byte Kind;
    public byte Stage;
    public byte TimedOut;
    public int Errno;
    /// <summary>Which hook, or which candidate.</summary>
    public int Index;
    /// <summary>A hook's exit status and how long it took.</summary>
    public int Status, Milliseconds;
    public int TextLength;
    public fixed byte Text[TextSize];
}
