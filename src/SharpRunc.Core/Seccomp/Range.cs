using System;
using System.Collections.Generic;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Seccomp;

/// <summary>Numbers from <paramref name="First"/> to the next range's, for which the same is decided.</summary>
/// <param name="Action">When <paramref name="Rules"/> has no conditions.</param>
internal readonly record struct Range(uint First, uint Action, SyscallRules? Rules)
{
    public bool SameAs(Range other)
        => Rules == null || other.Rules == null ? Rules == other.Rules && Action == other.Action : Rules.SameAs(other.Rules);

    /// <summary>Ascending, without holes, up to the largest number there is.</summary>
    public static List<Range> Of(ArchitectureRules rules, uint otherwise)
    {
        uint start = rules.Architecture.NumberBase;
        List<Range> ranges = [];
        ReadOnlySpan<SyscallRules?> byNumber = rules.ByNumber;
        for (int number = 0; number < byNumber.Length; number++)
            Add(byNumber[number] is { } rule ? rule.Always is { } always ? new(start + (uint)number, always, null) : new(start + (uint)number, 0, rule)
                : new(start + (uint)number, otherwise, null));
        // Where the default lets calls pass, new ones may pass as well; an architecture of which nothing is named has no "new".
        bool passes = (otherwise & SECCOMP_RET_ACTION_FULL) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_TRACE;
        uint unknown = passes || byNumber.IsEmpty ? otherwise : SECCOMP_RET_ERRNO | ENOSYS;
        Add(new(start + (uint)byNumber.Length, unknown, null));
        return ranges;

        void Add(Range range)
        {
            if (ranges.Count == 0 || !ranges[^1].SameAs(range))
                ranges.Add(range);
        }
    }
}
