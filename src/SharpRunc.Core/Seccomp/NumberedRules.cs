using System;

namespace SharpRunc.Core.Seccomp;

/// <summary>The rules of one architecture, by number without its base.</summary>
internal sealed class ArchitectureRules(Architecture architecture)
{
    /// <summary>The calls that all architectures number alike, in one sequence; and arm's private ones, far above them.</summary>
    private readonly NumberedRules common = new(0), armPrivate = new(SyscallTable.ArmPrivateBase);

    public Architecture Architecture => architecture;

    public NumberedRules Common => common;

    public NumberedRules Private => armPrivate;

    /// <summary>Records that the profile names this number, whatever it decides there.</summary>
    public void Name(int number) => Row(number).Name(number);

    public void Add(int number, SyscallRules always) => Row(number).Add(number, always);

    public SyscallRules For(int number) => Row(number).For(number);

    /// <summary>Null if the default applies, or if the number is newer than the profile.</summary>
    public SyscallRules? Find(int number) => Row(number).Find(number);

    private NumberedRules Row(int number) => number < SyscallTable.ArmPrivateBase ? common : armPrivate;
}

/// <summary>Rules of consecutive numbers.</summary>
internal sealed class NumberedRules(int first)
{
    private SyscallRules?[] rules = [];

    public int First => first;

    /// <summary>The count of numbers from the first to the highest that the profile names; 0 if it names none.</summary>
    public int Count { get; private set; }

    /// <summary>Null if the default applies.</summary>
    public SyscallRules? this[int offset] => rules[offset];

    public void Name(int number)
    {
        Count = Math.Max(Count, number - first + 1);
        if (Count > rules.Length)
            Array.Resize(ref rules, Math.Max(Count, 512));
    }

    public SyscallRules For(int number) => rules[number - first] ??= new SyscallRules();

    /// <summary>Adds a rule without conditions.</summary>
    /// <param name="always">Consists of that rule alone.</param>
    public void Add(int number, SyscallRules always)
    {
        ref SyscallRules? known = ref rules[number - first];
        if (known is null)
            known = always;
        else
            known.Add(always.Always!.Value, always.AlwaysRule);
    }

    public SyscallRules? Find(int number) => number - first < Count ? rules[number - first] : null;
}
