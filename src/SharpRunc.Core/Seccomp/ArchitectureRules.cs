using System;

namespace SharpRunc.Core.Seccomp;

/// <summary>The rules of one architecture, by number.</summary>
internal sealed class ArchitectureRules(Architecture architecture)
{
    private SyscallRules?[] _byNumber = new SyscallRules?[512];

    public Architecture Architecture => architecture;

    /// <summary>The highest number that the profile names, without the architecture's base; −1: it names none.</summary>
    public int Highest { get; private set; } = -1;

    /// <summary>Null where the default holds.</summary>
    public ReadOnlySpan<SyscallRules?> ByNumber => _byNumber.AsSpan(0, Highest + 1);

    /// <summary>The profile names this number; whatever it decides there.</summary>
    public void Name(int number)
    {
        Highest = Math.Max(Highest, number);
        if (number >= _byNumber.Length)
            Array.Resize(ref _byNumber, Math.Max(number + 1, _byNumber.Length * 2));
    }

    public SyscallRules For(int number) => _byNumber[number] ??= new SyscallRules();
}
