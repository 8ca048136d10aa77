using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Seccomp;

/// <summary>The operators of config-linux.md#seccomp, by kind.</summary>
internal enum Comparison : byte { Equal, NotEqual, MaskedEqual, Less, LessOrEqual, Greater, GreaterOrEqual }

/// <summary>A test of one argument.</summary>
/// <param name="Mask">All bits, except for MaskedEqual, whose <paramref name="Value"/> lies within it.</param>
internal readonly record struct Condition(int Argument, Comparison Op, ulong Mask, ulong Value)
{
    /// <exception cref="ContainerException">Invalid index or operator; includes its pointer.</exception>
    public static Condition From(SeccompArg arg, int rule, int position)
    {
        if (arg.Index > 5)
            throw Invalid($"seccomp: a system call has no argument {arg.Index}", rule, position, "index");
        Comparison op = arg.Op switch
        {
            "SCMP_CMP_EQ" => Comparison.Equal,
            "SCMP_CMP_NE" => Comparison.NotEqual,
            "SCMP_CMP_MASKED_EQ" => Comparison.MaskedEqual,
            "SCMP_CMP_LT" => Comparison.Less,
            "SCMP_CMP_LE" => Comparison.LessOrEqual,
            "SCMP_CMP_GT" => Comparison.Greater,
            "SCMP_CMP_GE" => Comparison.GreaterOrEqual,
            _ => throw Invalid($"seccomp: unknown operator \"{arg.Op}\"", rule, position, "op"),
        };
        if (op == Comparison.MaskedEqual)
            return new((int)arg.Index, op, arg.Value, arg.ValueTwo & arg.Value);
        return new((int)arg.Index, op, ulong.MaxValue, arg.Value);
    }

    /// <summary>Reduced to the low words, for a 32-bit architecture.</summary>
    public Condition Low => this with { Mask = (uint)Mask, Value = (uint)Value };

    private static ContainerException Invalid(string message, int rule, int position, string property)
        => new(message) { Pointer = $"/linux/seccomp/syscalls/{rule}/args/{position}/{property}" };
}
