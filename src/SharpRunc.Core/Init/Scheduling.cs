using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Converts config.md#scheduler, #iopriority and config-linux.md#personality, #memory-policy to the kernel's numbers. The names are already
/// validated.
/// </summary>
internal static unsafe class Scheduling
{
    public static sched_attr Attributes(Scheduler scheduler)
    {
        ulong flags = 0;
        foreach (string flag in scheduler.Flags)
            flags |= 1UL << Array.IndexOf(KernelNames.SchedulerFlags, flag);
        return new()
        {
            size = (uint)sizeof(sched_attr),
            sched_policy = (uint)Array.IndexOf(KernelNames.SchedulerPolicies, scheduler.Policy),
            sched_flags = flags,
            sched_nice = scheduler.Nice,
            sched_priority = (uint)scheduler.Priority,
            sched_runtime = scheduler.Runtime,
            sched_deadline = scheduler.Deadline,
            sched_period = scheduler.Period,
        };
    }

    public static int IoPriority(IoPriority priority)
    {
        int number = Array.IndexOf(KernelNames.IoPriorityClasses, priority.Class) + 1;
        return number << IOPRIO_CLASS_SHIFT | priority.Priority;
    }

    public static long Personality(Personality personality) => personality.Domain == "LINUX32" ? PER_LINUX32 : PER_LINUX;

    /// <summary>Returns the mode with its flags.</summary>
    public static int MemoryPolicy(MemoryPolicy policy)
    {
        int mode = Array.IndexOf(KernelNames.MemoryPolicies, policy.Mode);
        foreach (string flag in policy.Flags)
            mode |= MPOL_F_NUMA_BALANCING << Array.IndexOf(KernelNames.MemoryPolicyFlags, flag);
        return mode;
    }
}
