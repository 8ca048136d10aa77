using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>linux.seccomp with its names resolved, per architecture.</summary>
internal sealed class Profile
{
    private readonly List<string> warnings = [];

    public uint Default { get; }

    /// <summary>The native one first.</summary>
    public List<ArchitectureRules> Architectures { get; } = [];

    public IReadOnlyList<string> Warnings => warnings;

    /// <param name="native">Always included, as in libseccomp.</param>
    public Profile(Spec.Seccomp source, Architecture native)
    {
        Default = Decision.FromDefault(source);
        Architectures.Add(new(native));
        for (int i = 0; i < source.Architectures.Length; i++)
        {
            string name = source.Architectures[i];
            if (Architecture.Find(name) is not { } architecture)
                throw new ContainerException(ErrorCode.SeccompProfile, $"seccomp: unknown architecture \"{name}\"")
                {
                    Pointer = $"/linux/seccomp/architectures/{i}",
                };
            if (!Architectures.Exists(known => ReferenceEquals(known.Architecture, architecture)))
                Architectures.Add(new(architecture));
        }
        for (int i = 0; i < source.Syscalls.Length; i++)
            Add(source.Syscalls[i], i);
    }

    private void Add(SeccompRule rule, int index)
    {
        SyscallRules always = new(Decision.FromRule(rule, index), index);
        List<Condition[]> alternatives = Alternatives(rule, index);
        foreach (string name in rule.Names)
        {
            int syscall = SyscallTable.Find(name);
            if (syscall < 0)
                warnings.Add($"seccomp: unknown system call \"{name}\" ignored");
            else
                foreach (ArchitectureRules rules in Architectures)
                    Add(rules, syscall, name, always, alternatives);
        }
    }

    /// <param name="always">The rule as it would be without conditions.</param>
    private void Add(ArchitectureRules rules, int syscall, string name, SyscallRules always, List<Condition[]> alternatives)
    {
        if (rules.Architecture.Multiplexes && Multiplexed.Find(name) is var (through, selector))
        {
            int number = rules.Architecture.Number(SyscallTable.Find(through));
            Add(rules, number, always, alternatives.ConvertAll(conditions => Selected(conditions, selector)));
        }
        int direct = rules.Architecture.Number(syscall);
        if (direct >= 0)
            Add(rules, direct, always, alternatives);
    }

    private void Add(ArchitectureRules rules, int number, SyscallRules always, List<Condition[]> alternatives)
    {
        rules.Name(number);
        // A rule with the default's action is skipped, but still names its number.
        if (always.Always == Default)
            return;
        foreach (Condition[] conditions in alternatives)
            if (conditions.Length == 0)
                rules.Add(number, always);
            else
                Add(rules, number, always, conditions);
    }

    private static void Add(ArchitectureRules rules, int number, SyscallRules always, Condition[] conditions)
    {
        conditions = Effective(conditions, rules.Architecture);
        int index = always.AlwaysRule;
        if (conditions.Length == 0)
            rules.Add(number, always);
        else if (!rules.For(number).Add(new Chain(conditions, always.Always!.Value, index, rules.Architecture.Is64)))
            throw Refused($"seccomp: rule {index} has the same conditions as an earlier rule but another action", index);
        // Each takes more than one instruction, so there is no need to sort what cannot fit.
        if (rules.For(number).Chains.Count > BPF_MAXINSNS)
            throw Refused($"seccomp: more than {BPF_MAXINSNS} rules for one system call", index);
    }

    private static ContainerException Refused(string message, int rule)
        => new(ErrorCode.SeccompProfile, message) { Pointer = $"/linux/seccomp/syscalls/{rule}" };

    /// <summary>The part of the conditions that is compared on that architecture.</summary>
    public static Condition[] Effective(Condition[] conditions, Architecture architecture)
    {
        if (!architecture.Is64)
            conditions = Array.ConvertAll(conditions, static condition => condition.Low);
        // An empty mask matches everything.
        return Array.FindAll(conditions, static condition => condition.Mask != 0);
    }

    /// <summary>
    /// Conditions sorted by argument. If an argument occurs twice, each condition becomes a separate rule, as in libseccomp's callers.
    /// </summary>
    public static List<Condition[]> Alternatives(SeccompRule rule, int index)
    {
        if (rule.Args.Length == 0)
            return [[]];
        Condition[] conditions = new Condition[rule.Args.Length];
        int seen = 0;
        bool repeated = false;
        for (int i = 0; i < conditions.Length; i++)
        {
            conditions[i] = Condition.From(rule.Args[i], index, i);
            int bit = 1 << conditions[i].Argument;
            repeated |= (seen & bit) != 0;
            seen |= bit;
        }
        if (repeated)
            return new List<Condition[]>(Array.ConvertAll(conditions, condition => new[] { condition }));
        Array.Sort(conditions, (a, b) => a.Argument.CompareTo(b.Argument));
        return [conditions];
    }

    /// <summary>
    /// The first argument selects the call, so a condition on the call's own first argument cannot be tested; the others are kept, as in
    /// libseccomp.
    /// </summary>
    public static Condition[] Selected(Condition[] conditions, uint selector)
    {
        List<Condition> selected = [new(0, Comparison.Equal, ulong.MaxValue, selector)];
        foreach (Condition condition in conditions)
            if (condition.Argument != 0)
                selected.Add(condition);
        return selected.ToArray();
    }
}
