using System.Collections.Generic;
using System.Linq;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Seccomp;

/// <summary>
/// A profile read rule by rule, without a program: which actions a call's own rules give it. Where rules with conditions overlap there may
/// be several, and the specification does not say which holds.
/// </summary>
internal sealed class Reading
{
    private readonly uint _otherwise;
    private readonly bool _is64;
    private readonly Dictionary<uint, List<(SeccompArg[] Args, uint Action)>> _rules = [];

    public Reading(Core.Spec.Seccomp profile, Architecture architecture)
    {
        _otherwise = Decision.FromDefault(profile);
        _is64 = architecture.Is64;
        for (int i = 0; i < profile.Syscalls.Length; i++)
            foreach (string name in profile.Syscalls[i].Names)
                foreach (SeccompArg[] args in Alternatives(profile.Syscalls[i].Args))
                {
                    uint action = Decision.FromRule(profile.Syscalls[i], i);
                    Add(architecture, name, args, action);
                    if (architecture.Multiplexes && Multiplexed.Find(name) is var (through, selector))
                        Add(architecture, through, [new SeccompArg(0, selector, 0, "SCMP_CMP_EQ"), .. args.Where(arg => arg.Index != 0)],
                            action);
                }
    }

    /// <summary>The first rule without conditions alone, where there is one; else all whose conditions hold; else the default.</summary>
    /// <param name="number">With the architecture's base.</param>
    public uint[] Of(uint number, ulong[] args)
    {
        if (!_rules.TryGetValue(number, out List<(SeccompArg[] Args, uint Action)>? rules))
            return [_otherwise];
        foreach ((SeccompArg[] conditions, uint action) in rules)
            if (conditions.Length == 0)
                return [action];
        uint[] actions = rules.Where(rule => rule.Args.All(condition => Holds(condition, args))).Select(rule => rule.Action).Distinct()
            .ToArray();
        return actions.Length == 0 ? [_otherwise] : actions;
    }

    /// <summary>An argument that occurs twice makes each condition a rule of its own (runc, matchCall).</summary>
    private static SeccompArg[][] Alternatives(SeccompArg[] args)
        => args.Select(arg => arg.Index).Distinct().Count() == args.Length ? [args] : args.Select(arg => new[] { arg }).ToArray();

    private void Add(Architecture architecture, string name, SeccompArg[] args, uint action)
    {
        int number = architecture.Number(SyscallTable.Find(name));
        if (number < 0 || action == _otherwise)
            return;
        uint at = architecture.NumberBase + (uint)number;
        if (!_rules.TryGetValue(at, out List<(SeccompArg[], uint)>? known))
            _rules[at] = known = [];
        known.Add((args.Where(arg => arg.Op != "SCMP_CMP_MASKED_EQ" || Word(arg.Value) != 0).ToArray(), action));
    }

    private bool Holds(SeccompArg condition, ulong[] args)
    {
        ulong actual = Word(args[condition.Index]), value = Word(condition.Value);
        return condition.Op switch
        {
            "SCMP_CMP_EQ" => actual == value,
            "SCMP_CMP_NE" => actual != value,
            "SCMP_CMP_LT" => actual < value,
            "SCMP_CMP_LE" => actual <= value,
            "SCMP_CMP_GT" => actual > value,
            "SCMP_CMP_GE" => actual >= value,
            _ => (actual & value) == (condition.ValueTwo & value),
        };
    }

    /// <summary>As much of an argument as the architecture has.</summary>
    private ulong Word(ulong value) => _is64 ? value : (uint)value;
}
