using System;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What merged rules say to a call, rule by rule: no ranges, no search, no jumps. The program has to say the same.</summary>
internal static class Meaning
{
    private const int Calls = 16;

    /// <summary>Null, or a call to which the program says something else.</summary>
    public static string? Difference(Profile profile, Instruction[] program, Dice dice)
    {
        Span<ulong> args = stackalloc ulong[6];
        for (int i = 0; i < Calls; i++)
        {
            // One that is listed, mostly.
            Architecture architecture = dice.Once(8) ? dice.Of(Architecture.All)
                : profile.Architectures[dice.Below(profile.Architectures.Count)].Architecture;
            ArchitectureRules? rules = profile.Architectures.Find(each => each.Architecture == architecture);
            uint number = dice.Once(8) ? (uint)dice.Number() : architecture.NumberBase + Number(rules, dice);
            Fill(args, rules, number - architecture.NumberBase, dice);
            uint expected = Of(profile, architecture, number, args), said = Verdict.Of(program, architecture, number, args);
            if (said != expected)
                return $"{architecture.Name} {number:x}({string.Join(", ", args.ToArray())}): {said:x}, expected {expected:x}";
        }
        return null;
    }

    private static uint Of(Profile profile, Architecture architecture, uint number, ReadOnlySpan<ulong> args)
    {
        bool isX32 = architecture.Audit == AUDIT_ARCH_X86_64 && number >= X32_SYSCALL_BIT;
        if (architecture.Audit == AUDIT_ARCH_X86_64)
            architecture = isX32 ? Architecture.X32 : Architecture.X86_64;
        ArchitectureRules? rules = profile.Architectures.Find(each => each.Architecture == architecture);
        if (rules is null)
            return isX32 && number == uint.MaxValue && profile.Architectures.Exists(each => each.Architecture == Architecture.X86_64)
                ? profile.Default : SECCOMP_RET_KILL_THREAD;
        if (number < architecture.NumberBase)
            return profile.Default;
        uint index = number - architecture.NumberBase;
        NumberedRules row = rules.Private.Count > 0 && index >= SyscallTable.ArmPrivateBase ? rules.Private : rules.Common;
        bool hidden = index == 0 && architecture.HidesNewNumbers;
        if (!hidden && index - (uint)row.First < row.Count)
            return row[(int)index - row.First] is { } rule ? rule.Always
                ?? Of(rule, architecture.Is64, profile.Default, args) : profile.Default;
        bool passes = (profile.Default & SECCOMP_RET_ACTION_FULL) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_TRACE;
        return passes || rules.Common.Count == 0 ? profile.Default : SECCOMP_RET_ERRNO | ENOSYS;
    }

    private static uint Of(SyscallRules rule, bool is64, uint otherwise, ReadOnlySpan<ulong> args)
    {
        foreach (Chain chain in rule.Chains)
        {
            bool holds = true;
            foreach (Condition condition in chain.Conditions)
                holds &= Holds(condition, is64 ? args[condition.Argument] : (uint)args[condition.Argument]);
            if (holds)
                return chain.Action;
        }
        return otherwise;
    }

    private static bool Holds(Condition condition, ulong value) => condition.Op switch
    {
        Comparison.Equal => value == condition.Value,
        Comparison.NotEqual => value != condition.Value,
        Comparison.MaskedEqual => (value & condition.Mask) == condition.Value,
        Comparison.Less => value < condition.Value,
        Comparison.LessOrEqual => value <= condition.Value,
        Comparison.Greater => value > condition.Value,
        _ => value >= condition.Value,
    };

    /// <summary>Of a call that has rules, if one is found soon; up to a little above the highest.</summary>
    private static uint Number(ArchitectureRules? rules, Dice dice)
    {
        NumberedRules? row = rules is null || dice.Once(4) && rules.Private.Count > 0 ? rules?.Private : rules.Common;
        int most = row?.Count ?? 400, number = dice.Below(most + 3);
        for (int tries = 0; tries < 400 && number < most && row?[number]?.Always is not null; tries++)
            number = dice.Below(most + 3);
        return (uint)(number + (row?.First ?? 0));
    }

    /// <summary>Around what the call's conditions ask for.</summary>
    private static void Fill(Span<ulong> args, ArchitectureRules? rules, uint index, Dice dice)
    {
        for (int i = 0; i < args.Length; i++)
            args[i] = (ulong)dice.Number();
        if (index > int.MaxValue || rules?.Find((int)index) is not { Chains: { Count: > 0 } chains })
            return;
        foreach (Condition condition in chains[dice.Below(chains.Count)].Conditions)
            args[condition.Argument] = condition.Value + dice.Of<ulong>(0, 0, 0, 1, ulong.MaxValue, 1UL << 32, 1UL << 63)
                | (dice.Once(2) ? ~condition.Mask : 0);
    }
}
