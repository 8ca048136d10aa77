namespace SharpRunc.Core.Spec;

/// <summary>config.md#process.</summary>
internal sealed record Process
{
    public bool Terminal { get; init; }
    public ConsoleSize? ConsoleSize { get; init; }
    public string Cwd { get; init; } = "";
    public string[] Env { get; init; } = [];
    public string[] Args { get; init; } = [];
    public Rlimit[] Rlimits { get; init; } = [];
    public string? ApparmorProfile { get; init; }
    public string? SelinuxLabel { get; init; }
    /// <summary>null: the object is absent, and the container starts without capabilities.</summary>
    public Capabilities? Capabilities { get; init; }
    public bool NoNewPrivileges { get; init; }
    /// <summary>null: MUST NOT be changed.</summary>
    public int? OomScoreAdj { get; init; }
    public Scheduler? Scheduler { get; init; }
    public IoPriority? IoPriority { get; init; }
    public ExecCpuAffinity? ExecCpuAffinity { get; init; }
    public User User { get; init; } = new();
}

internal readonly record struct ConsoleSize(uint Height, uint Width);

/// <summary>config.md#posix-process: <c>Type</c> is RLIMIT_…; 18446744073709551615 is infinity.</summary>
internal readonly record struct Rlimit(string Type, ulong Soft, ulong Hard);

/// <summary>config.md#linux-process: names CAP_…; an unknown one yields a warning.</summary>
internal sealed record Capabilities
{
    public string[] Bounding { get; init; } = [];
    public string[] Effective { get; init; } = [];
    public string[] Inheritable { get; init; } = [];
    public string[] Permitted { get; init; } = [];
    public string[] Ambient { get; init; } = [];
}

internal sealed class Scheduler
{
    /// <summary>SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE, SCHED_DEADLINE.</summary>
    public string Policy { get; init; } = "";
    public int Nice { get; init; }
    public int Priority { get; init; }
    /// <summary>SCHED_FLAG_….</summary>
    public string[] Flags { get; init; } = [];
    /// <summary>Nanoseconds.</summary>
    public ulong Runtime { get; init; }
    public ulong Deadline { get; init; }
    public ulong Period { get; init; }
}

/// <summary>IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE; priority 0–7.</summary>
internal readonly record struct IoPriority(string Class, int Priority);

internal sealed class ExecCpuAffinity
{
    public string? Initial { get; init; }
    public string? Final { get; init; }
}

/// <summary>config.md#posix-user: ids in the container's namespace.</summary>
internal sealed record User
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }
    /// <summary>null: unchanged.</summary>
    public uint? Umask { get; init; }
    public uint[] AdditionalGids { get; init; } = [];
}
