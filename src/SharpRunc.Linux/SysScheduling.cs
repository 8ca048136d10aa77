using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Resource limits and scheduling of processes.
internal static unsafe partial class Sys
{
    public static rlimit64 Prlimit(int pid, int resource, string subject)
    {
        rlimit64 limit;
        Call("prlimit", subject, SYS_prlimit64, pid, resource, 0, (nint)(&limit));
        return limit;
    }

    public static SysError TryPrlimit(int pid, int resource, rlimit64 limit, string subject)
        => Attempt("prlimit", subject, SYS_prlimit64, pid, resource, (nint)(&limit));

    /// <summary>The soft limit of this process; null if the kernel does not report it.</summary>
    public static ulong? TryGetLimit(int resource)
    {
        rlimit64 limit;
        return Attempt("prlimit", null, SYS_prlimit64, 0, resource, 0, (nint)(&limit)).Failed ? null : limit.rlim_cur;
    }

    public static SysError TrySchedSetAttr(int pid, sched_attr attributes)
        => Attempt("sched_setattr", null, SYS_sched_setattr, pid, (nint)(&attributes));

    /// <summary>For the calling thread and its later children.</summary>
    /// <param name="mask">One bit per CPU, in whole longs.</param>
    public static SysError TrySchedSetAffinity(ReadOnlySpan<byte> mask)
    {
        LibraryCall call = new("sched_setaffinity", null);
        fixed (byte* m = mask)
            while (call.IsDue)
                call.Returned(sched_setaffinity(0, mask.Length, (cpu_set_t*)m));
        return call.Error;
    }

    /// <summary>ioprio_set(2), for the calling process and its later children.</summary>
    public static void SetIoPriority(int value) => Call("ioprio_set", null, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, value);

    public static SysError TryIoPrioSet(int pid, int value) => Attempt("ioprio_set", null, SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value);

    /// <summary>personality(2), also for the calling process and its later children.</summary>
    public static void SetPersonality(long persona) => Call("personality", null, SYS_personality, (nint)persona);

    /// <summary>set_mempolicy(2), also for the calling process and its later children.</summary>
    /// <param name="nodes">One bit per node.</param>
    public static void SetMemoryPolicy(int mode, ReadOnlySpan<byte> nodes)
    {
        fixed (byte* n = nodes)
            Call("set_mempolicy", null, SYS_set_mempolicy, mode, (nint)n, nodes.IsEmpty ? 0 : nodes.Length * 8 + 1);
    }
}
