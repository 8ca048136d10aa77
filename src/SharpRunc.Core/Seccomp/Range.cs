using System.Collections.Generic;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Seccomp;

/// <summary>Numbers from <paramref name="First"/> to the next range's, for which the same is decided.</summary>
/// <param name="Action">When <paramref name="Rules"/> has no conditions.</param>
internal readonly record struct Range(uint First, uint Action, SyscallRules? Rules)
{
    public bool SameAs(Range other)
        => Rules == null || other.Rules == null ? Rules == other.Rules && Action == other.Action : Rules.SameAs(other.Rules);

    /// <summary>Ascending, without holes, from 0 (x32: from its bit) up to the largest number there is.</summary>
    /// <remarks>
    /// Where the default lets calls pass, new ones may pass as well; an architecture of which nothing is named has no "new". Arm's own calls lie
    /// far above all others, so what is new to a profile that names some lies below them too.
    /// </remarks>
    public static List<Range> Of(ArchitectureRules rules, uint otherwise)
    {
        Architecture architecture = rules.Architecture;
        uint first = architecture.NumberBase;
        bool passes = (otherwise & SECCOMP_RET_ACTION_FULL) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_TRACE;
        uint unknown = passes || rules.Common.Count == 0 ? otherwise : SECCOMP_RET_ERRNO | ENOSYS;
        List<Range> ranges = [];
        if (first != X32_SYSCALL_BIT && first != 0)
            Add(new(0, otherwise, null));
        AddAll(rules.Common);
        if (rules.Private.Count > 0)
            AddAll(rules.Private);
        return ranges;

        void AddAll(NumberedRules row)
        {
            uint start = first + (uint)row.First;
            for (int i = 0; i < row.Count; i++)
            {
                uint number = start + (uint)i;
                uint silent = number == 0 && architecture.HidesNewNumbers ? unknown : otherwise;
                Add(row[i] is { } rule ? rule.Always is { } always ? new(number, always, null) : new(number, 0, rule) : new(number, silent, null));
            }
            Add(new(start + (uint)row.Count, unknown, null));
        }

        void Add(Range range)
        {
            if (ranges.Count == 0 || !ranges[^1].SameAs(range))
                ranges.Add(range);
        }
    }
}
