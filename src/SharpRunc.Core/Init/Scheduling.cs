using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

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

/// <summary>config.md#execcpuaffinity: converts a list like 0-3,7 to the mask that sched_setaffinity(2) takes.</summary>
internal static class CpuAffinity
{
    /// <param name="list">Already validated.</param>
    public static byte[] Parse(string list) => NumberList.TryParse(list, KernelNames.MaxCpus)!;

    /// <summary>Sets the affinity of this thread and of the processes it clones.</summary>
    public static void Set(ReadOnlySpan<byte> mask, string pointer)
    {
        Steps.Log($"CPU affinity: 0x{Convert.ToHexString(mask)} (little-endian), from {pointer}");
        SysError error = Sys.TrySchedSetAffinity(mask);
        if (error.Failed)
            throw ContainerException.From(ErrorCode.ProcessScheduling, error, "cannot set the CPU affinity", pointer,
                error.Errno == EINVAL ? "none of these CPUs is both online and in the container's cpuset" : null);
    }

    /// <summary>Allows all CPUs of the cgroup. If the kernel or a profile refuses, the affinity stays as it was.</summary>
    public static void Reset()
    {
        Span<byte> all = stackalloc byte[KernelNames.MaxCpus / 8];
        all.Fill(0xFF);
        Steps.Log($"CPU affinity: all that the cgroup allows");
        Sys.TrySchedSetAffinity(all);
    }
}
