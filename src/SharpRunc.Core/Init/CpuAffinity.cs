using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

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
            throw ContainerException.From(error, "cannot set the CPU affinity", pointer,
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
