using System;

namespace SharpRunc.Core.Seccomp;

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
