using System;
using System.Globalization;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>config.md#execcpuaffinity: a list like 0-3,7, and the mask that sched_setaffinity(2) takes.</summary>
internal static class CpuAffinity
{
    private const int MaxCpus = 8192;

    /// <exception cref="ContainerException">Not a list, or a number that no machine has.</exception>
    public static byte[] Parse(string list, string pointer)
    {
        byte[] mask = [];
        foreach (string part in list.Split(','))
        {
            ReadOnlySpan<char> range = part.AsSpan().Trim();
            int dash = range.IndexOf('-');
            if (!TryNumber(dash < 0 ? range : range[..dash], out int first) || !TryNumber(range[(dash + 1)..], out int last) || last < first)
                throw new ContainerException($"{pointer}: expected a list of CPUs like 0-3,7; got \"{list}\"") { Pointer = pointer };
            // The kernel reads whole longs.
            Array.Resize(ref mask, Math.Max(mask.Length, (last / 64 + 1) * 8));
            for (int cpu = first; cpu <= last; cpu++)
                mask[cpu / 8] |= (byte)(1 << cpu % 8);
        }
        return mask;
    }

    /// <summary>For this thread, and what it clones.</summary>
    public static void Set(ReadOnlySpan<byte> mask, string pointer)
    {
        int error = Sys.TrySchedSetAffinity(mask);
        if (error < 0)
            throw ContainerException.From(new SysException("sched_setaffinity", null, -error), "cannot set the CPU affinity", pointer,
                error == -EINVAL ? "none of these CPUs is both there and in the container's cpuset" : null);
    }

    /// <summary>All that the cgroup allows. A kernel or profile that refuses leaves it as it was.</summary>
    public static void Reset()
    {
        Span<byte> all = stackalloc byte[MaxCpus / 8];
        all.Fill(0xFF);
        Sys.TrySchedSetAffinity(all);
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < MaxCpus;


}
