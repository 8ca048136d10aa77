using SharpRunc.Core.Spec;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>config.md#scheduler, #iopriority and config-linux.md#personality in the kernel's numbers. The names were validated before.</summary>
internal static unsafe class Scheduling
{
    // linux/sched.h
    private static readonly (string, uint)[] Policies =
    [
        ("SCHED_OTHER", 0), ("SCHED_FIFO", 1), ("SCHED_RR", 2), ("SCHED_BATCH", 3), ("SCHED_ISO", 4), ("SCHED_IDLE", 5), ("SCHED_DEADLINE", 6),
    ];

    private static readonly (string, uint)[] Flags =
    [
        ("SCHED_FLAG_RESET_ON_FORK", 1), ("SCHED_FLAG_RECLAIM", 2), ("SCHED_FLAG_DL_OVERRUN", 4), ("SCHED_FLAG_KEEP_POLICY", 8),
        ("SCHED_FLAG_KEEP_PARAMS", 0x10), ("SCHED_FLAG_UTIL_CLAMP_MIN", 0x20), ("SCHED_FLAG_UTIL_CLAMP_MAX", 0x40),
    ];

    private static readonly (string, uint)[] Classes = [("IOPRIO_CLASS_RT", 1), ("IOPRIO_CLASS_BE", 2), ("IOPRIO_CLASS_IDLE", 3)];

    private static readonly (string, uint)[] Domains = [("LINUX", 0), ("LINUX32", 8)];

    public static sched_attr Attributes(Scheduler scheduler)
    {
        ulong flags = 0;
        foreach (string flag in scheduler.Flags)
            flags |= Number(Flags, flag);
        return new()
        {
            size = (uint)sizeof(sched_attr),
            sched_policy = Number(Policies, scheduler.Policy),
            sched_flags = flags,
            sched_nice = scheduler.Nice,
            sched_priority = (uint)scheduler.Priority,
            sched_runtime = scheduler.Runtime,
            sched_deadline = scheduler.Deadline,
            sched_period = scheduler.Period,
        };
    }

    public static int IoPriority(IoPriority priority) => (int)Number(Classes, priority.Class) << IOPRIO_CLASS_SHIFT | priority.Priority;

    public static long Personality(Personality personality) => Number(Domains, personality.Domain);

    private static uint Number((string Name, uint Number)[] table, string name)
    {
        foreach ((string known, uint number) in table)
            if (known == name)
                return number;
        throw new ContainerException($"unknown name {name}");
    }
}
