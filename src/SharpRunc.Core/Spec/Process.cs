namespace SharpRunc.Core.Spec;

/// <summary>config.md#process.</summary>
internal sealed class Process
{
    public bool Terminal;
    public ConsoleSize? ConsoleSize;
    public string Cwd = "";
    public string[] Env = [];
    public string[] Args = [];
    public Rlimit[] Rlimits = [];
    public string? ApparmorProfile;
    public string? SelinuxLabel;
    /// <summary>null: the object is absent, and the container starts with no capability.</summary>
    public Capabilities? Capabilities;
    public bool NoNewPrivileges;
    /// <summary>null: MUST NOT be changed.</summary>
    public int? OomScoreAdj;
    public Scheduler? Scheduler;
    public IoPriority? IoPriority;
    public ExecCpuAffinity? ExecCpuAffinity;
    public User User = new();
}

internal readonly record struct ConsoleSize(uint Height, uint Width);

/// <summary>config.md#posix-process: <c>Type</c> is RLIMIT_…; 18446744073709551615 is infinity.</summary>
internal readonly record struct Rlimit(string Type, ulong Soft, ulong Hard);

/// <summary>config.md#linux-process: names CAP_…; an unknown one is a warning.</summary>
internal sealed class Capabilities
{
    public string[] Bounding = [];
    public string[] Effective = [];
    public string[] Inheritable = [];
    public string[] Permitted = [];
    public string[] Ambient = [];
}

internal sealed class Scheduler
{
    /// <summary>SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE, SCHED_DEADLINE.</summary>
    public string Policy = "";
    public int Nice;
    public int Priority;
    /// <summary>SCHED_FLAG_….</summary>
    public string[] Flags = [];
    /// <summary>Nanoseconds.</summary>
    public ulong Runtime;
    public ulong Deadline;
    public ulong Period;
}

/// <summary>IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE; priority 0–7.</summary>
internal readonly record struct IoPriority(string Class, int Priority);

internal sealed class ExecCpuAffinity
{
    public string? Initial;
    public string? Final;
}

/// <summary>config.md#posix-user: ids in the container's namespace.</summary>
internal sealed class User
{
    public uint Uid;
    public uint Gid;
    /// <summary>null: unchanged.</summary>
    public uint? Umask;
    public uint[] AdditionalGids = [];
}
