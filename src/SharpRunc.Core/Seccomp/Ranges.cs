using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>All numbers of one AUDIT_ARCH_…: ascending ranges without gaps, from 0 to the largest number.</summary>
internal sealed class Ranges
{
    private readonly List<Range> ranges = [];
    private readonly uint otherwise;

    public Ranges(Profile profile, uint audit)
    {
        otherwise = profile.Default;
        foreach (ArchitectureRules rules in profile.Architectures)
            if (rules.Architecture.Audit == audit && rules.Architecture != Architecture.X32)
                Add(rules);
        if (audit == AUDIT_ARCH_X86_64)
            AddX32(profile.Architectures.Find(static rules => rules.Architecture == Architecture.X32));
    }

    public ReadOnlySpan<Range> All => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ranges);

    /// <summary>
    /// x32 numbers have a separate bit. If x32 is not listed they are foreign, except −1, a call that a tracer cancelled.
    /// </summary>
    private void AddX32(ArchitectureRules? listed)
    {
        if (ranges.Count == 0)
            Add(0, SECCOMP_RET_KILL_THREAD);
        if (listed is not null)
        {
            Add(listed);
            return;
        }
        Add(X32_SYSCALL_BIT, SECCOMP_RET_KILL_THREAD);
        Add(uint.MaxValue, otherwise);
    }

    /// <summary>
    /// Numbers above the highest that the profile names are newer than the profile: ENOSYS. If the default lets calls pass, new ones pass
    /// too; an architecture without any named call has no "new" ones. Arm's private calls lie far above all others, so for a profile that
    /// names some of them, the numbers in between are new too.
    /// </summary>
    private void Add(ArchitectureRules rules)
    {
        bool passes = (otherwise & SECCOMP_RET_ACTION_FULL) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_TRACE;
        uint unknown = passes || rules.Common.Count == 0 ? otherwise : SECCOMP_RET_ERRNO | ENOSYS;
        if (ranges.Count == 0 && rules.Architecture.NumberBase != 0)
            Add(0, otherwise);
        Add(rules.Common, rules.Architecture, unknown);
        if (rules.Private.Count > 0)
            Add(rules.Private, rules.Architecture, unknown);
    }

    private void Add(NumberedRules row, Architecture architecture, uint unknown)
    {
        uint start = architecture.NumberBase + (uint)row.First;
        byte[] weights = FrequentCalls.Weights(architecture);
        for (int i = 0; i < row.Count; i++)
        {
            int weight = row.First == 0 && i < weights.Length ? weights[i] : 0;
            uint silent = row.First + i == 0 && architecture.HidesNewNumbers ? unknown : otherwise;
            if (row[i] is not { } rules)
                Add(start + (uint)i, silent, weight);
            else if (rules.Always is { } always)
                Add(start + (uint)i, always, weight);
            else
                Add(new Range(start + (uint)i, 0, rules, architecture, weight + 1));
        }
        Add(start + (uint)row.Count, unknown);
    }

    private void Add(uint first, uint action, int weight = 0) => Add(new Range(first, action, null, null, weight + 1));

    private void Add(Range range)
    {
        if (ranges.Count > 0 && ranges[^1].SameAs(range))
            ranges[^1] = ranges[^1] with { Weight = ranges[^1].Weight + range.Weight };
        else
            ranges.Add(range);
    }
}

/// <summary>Numbers from <paramref name="First"/> up to the next range's first, all with the same decision.</summary>
/// <param name="Action">The decision if <paramref name="Rules"/> is null.</param>
/// <param name="Rules">Rules with conditions on arguments of <paramref name="Architecture"/>.</param>
/// <param name="Weight">How often the search ends here, relative to other ranges.</param>
internal readonly record struct Range(uint First, uint Action, SyscallRules? Rules, Architecture? Architecture, int Weight)
{
    public bool SameAs(Range other)
    {
        if (Rules is null || other.Rules is null)
            return Rules == other.Rules && Action == other.Action;
        return Architecture == other.Architecture && Rules.SameAs(other.Rules);
    }
}

/// <summary>
/// The calls that programs make most often: the search for a number tests these early. The weights need to be right only to an order of
/// magnitude; wrong ones cost a few comparisons but never change a decision.
/// </summary>
internal static class FrequentCalls
{
    private const byte Often = 100, Sometimes = 25;

    /// <summary>Higher than any table's numbers: x32's own begin at 512.</summary>
    private const int Numbers = 1024;

    private static readonly string[] Frequent =
    [
        "read", "write", "close", "openat", "newfstatat", "fstat", "futex", "mmap", "munmap", "mprotect", "brk", "epoll_wait",
        "epoll_pwait", "poll", "recvfrom", "sendto", "recvmsg", "sendmsg", "writev", "pread64", "pwrite64", "fcntl", "ioctl", "lseek",
        "rt_sigaction", "rt_sigprocmask", "clock_gettime",
    ];

    private static readonly string[] Common =
    [
        "accept4", "access", "clock_nanosleep", "clone", "clone3", "connect", "dup2", "epoll_ctl", "execve", "exit_group",
        "fadvise64", "getdents64", "getpid", "getrandom", "getsockopt", "gettid", "io_uring_enter", "lstat", "madvise", "nanosleep",
        "open", "pipe2", "ppoll", "prctl", "readlink", "readv", "sched_yield", "select", "setsockopt", "socket", "stat", "statx",
        "unlink", "wait4",
    ];

    /// <summary>The relative frequency of each number of the architecture, without its base; a rare one has 1.</summary>
    public static byte[] Weights(Architecture architecture)
    {
        byte[] weights = new byte[Numbers];
        Add(weights, architecture, Common, Sometimes);
        Add(weights, architecture, Frequent, Often);
        return weights;
    }

    private static void Add(byte[] weights, Architecture architecture, string[] names, byte weight)
    {
        foreach (string name in names)
        {
            int number = architecture.Number(SyscallTable.Find(name));
            if (number >= 0)
                weights[number] = weight;
        }
    }
}
