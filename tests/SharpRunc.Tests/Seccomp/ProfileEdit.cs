using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Seccomp;

/// <summary>Changes to a profile that leave it well-formed, and mostly valid.</summary>
internal static class ProfileEdit
{
    private static readonly Func<Dice, Core.Spec.Seccomp, Core.Spec.Seccomp>[] Edits =
        [Duplicate, Duplicate, Remove, Argue, Argue, Argue, Argue, Rename, Rename, Decide, Decide, Default, Architectures, Flags, Notify,
            Flood, Scatter];

    private static readonly string[] Actions =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",
            "SCMP_ACT_TRACE", "SCMP_ACT_LOG",
    ];

    private static readonly string[] Operators =
        ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];

    public static Core.Spec.Seccomp Make(Dice dice, Core.Spec.Seccomp profile) => dice.Of(Edits)(dice, profile);

    /// <summary>One of the rules changed; without any, nothing is.</summary>
    private static Core.Spec.Seccomp Change(Dice dice, Core.Spec.Seccomp profile, Func<SeccompRule, SeccompRule> change)
    {
        SeccompRule[] rules = [.. profile.Syscalls];
        if (rules.Length > 0 && dice.Below(rules.Length) is var index)
            rules[index] = change(rules[index]);
        return profile with { Syscalls = rules };
    }

    private static Core.Spec.Seccomp Duplicate(Dice dice, Core.Spec.Seccomp profile)
    {
        List<SeccompRule> rules = [.. profile.Syscalls];
        rules.Insert(dice.Below(rules.Count + 1), Any(dice, profile));
        return profile with { Syscalls = [.. rules] };
    }

    private static Core.Spec.Seccomp Remove(Dice dice, Core.Spec.Seccomp profile)
    {
        List<SeccompRule> rules = [.. profile.Syscalls];
        if (rules.Count > 0)
            rules.RemoveAt(dice.Below(rules.Count));
        return profile with { Syscalls = [.. rules] };
    }

    /// <summary>One condition more, one less, or another.</summary>
    private static Core.Spec.Seccomp Argue(Dice dice, Core.Spec.Seccomp profile)
    {
        return Change(dice, profile, rule =>
        {
            List<SeccompArg> args = [.. rule.Args];
            if (args.Count > 0 && !dice.Once(3))
                args.RemoveAt(dice.Below(args.Count));
            for (int more = dice.Once(4) ? dice.Below(12) : 1; more > 0; more--)
                args.Insert(dice.Below(args.Count + 1), Argument(dice));
            return rule with { Args = [.. args] };
        });
    }

    private static Core.Spec.Seccomp Rename(Dice dice, Core.Spec.Seccomp profile)
        => Change(dice, profile,
            rule => rule with { Names = dice.Once(60) ? [] : Array.ConvertAll(rule.Names, name => dice.Once(3) ? Name(dice) : name) });

    private static Core.Spec.Seccomp Decide(Dice dice, Core.Spec.Seccomp profile)
        => Change(dice, profile, rule => Action(dice) is var (action, errno) ? rule with { Action = action, ErrnoRet = errno } : rule);

    private static Core.Spec.Seccomp Default(Dice dice, Core.Spec.Seccomp profile)
        => Action(dice) is var (action, errno) ? profile with { DefaultAction = action, DefaultErrnoRet = errno } : profile;

    private static Core.Spec.Seccomp Architectures(Dice dice, Core.Spec.Seccomp profile)
        => profile with
        {
            Architectures = dice.Many(4, () => dice.Once(50) ? "SCMP_ARCH_Z80" : dice.Once(2) ? dice.Of(Architecture.All)
            .Name : dice.Of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"))
        };

    private static Core.Spec.Seccomp Flags(Dice dice, Core.Spec.Seccomp profile)
        => profile with
        {
            Flags = dice.Once(4) ? null
            : dice.Many(3, () => $"SECCOMP_FILTER_FLAG_{(dice.Once(20) ? "WAIT_KILLABLE_RECV" : dice.Of("TSYNC", "LOG", "SPEC_ALLOW"))}")
        };

    private static Core.Spec.Seccomp Notify(Dice dice, Core.Spec.Seccomp profile)
        => Change(dice, profile, static rule => rule with { Action = SeccompListener.Action, ErrnoRet = null }) with
        {
            ListenerPath =
            dice.Once(10) ? null : "/run/agent"
        };

    /// <summary>Many rules for one call; rarely more than a program can hold.</summary>
    private static Core.Spec.Seccomp Flood(Dice dice, Core.Spec.Seccomp profile)
    {
        string[] names = [Name(dice)];
        uint index = (uint)dice.Below(6);
        string op = dice.Of(Operators);
        ulong value = Value(dice), step = dice.Of(1UL, 1UL << 20, 1UL << 32);
        SeccompRule[] rules = new SeccompRule[dice.Once(150) ? 1 + dice.Below(2000) : dice.Once(4) ? 1 + dice.Below(300)
            : 1 + dice.Below(40)];
        (string action, uint? errno) = Action(dice);
        for (int i = 0; i < rules.Length; i++)
            rules[i] = new()
            {
                Names = names,
                Action = action,
                ErrnoRet = errno,
                Args = [new(index, value + (ulong)i * step, value + (ulong)i * step, op)]
            };
        return profile with { Syscalls = [.. profile.Syscalls, .. rules] };
    }

    /// <summary>
    /// Rules for many calls, each with another answer than its neighbour's: the search among them is wide, and its jumps are long.
    /// </summary>
    private static Core.Spec.Seccomp Scatter(Dice dice, Core.Spec.Seccomp profile)
    {
        SeccompRule[] rules = new SeccompRule[1 + dice.Below(dice.Once(4) ? 400 : 60)];
        int most = dice.Once(4) ? 3 : 1;
        for (int i = 0; i < rules.Length; i++)
        {
            (string action, uint? errno) = Action(dice);
            rules[i] = new() { Names = [Name(dice)], Action = action, ErrnoRet = errno, Args = dice.Many(most, () => Argument(dice)) };
        }
        return profile with { Syscalls = [.. profile.Syscalls, .. rules] };
    }

    private static SeccompRule Any(Dice dice, Core.Spec.Seccomp profile)
        => profile.Syscalls.Length > 0 ? profile.Syscalls[dice.Below(profile.Syscalls.Length)]
        : new() { Names = ["read"], Action = "SCMP_ACT_LOG" };

    private static SeccompArg Argument(Dice dice)
        => new(dice.Once(400) ? 6 : (uint)dice.Below(6), Value(dice), Value(dice), dice.Once(400) ? "SCMP_CMP" : dice.Of(Operators));

    /// <summary>A high word that is nothing or everything, or both words at an edge.</summary>
    private static ulong Value(Dice dice) => dice.Once(2) ? (ulong)dice.Number() : (ulong)(uint)dice.Number() << (dice.Once(2) ? 32 : 0);

    private static string Name(Dice dice)
        => dice.Once(50) ? dice.Of("", "no_such_call") : SyscallTable.Name(dice.Below(SyscallTable.Count));

    private static (string Action, uint? Errno) Action(Dice dice)
    {
        string action = dice.Of(Actions);
        bool carries = action is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" ? dice.Once(2) : dice.Once(60);
        return (action, carries ? (uint)dice.Below(dice.Once(30) ? 70_000 : 200) : null);
    }
}
