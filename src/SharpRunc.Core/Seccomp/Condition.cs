using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Seccomp;

/// <summary>Operators, in the order in which chains are tried: equality before less before greater.</summary>
internal enum Comparison : byte { Equal, NotEqual, MaskedEqual, Less, LessOrEqual, Greater, GreaterOrEqual }

/// <summary>A test of one argument.</summary>
/// <param name="Mask">All ones but for MaskedEqual, whose <paramref name="Value"/> lies within it.</param>
internal readonly record struct Condition(int Argument, Comparison Op, ulong Mask, ulong Value)
{
    /// <exception cref="ContainerException">Bad index or operator, with its pointer.</exception>
    public static Condition From(SeccompArg arg, int rule, int position)
    {
        if (arg.Index > 5)
            throw new ContainerException($"seccomp: a system call has no argument {arg.Index}") { Pointer = $"/linux/seccomp/syscalls/{rule}/args/{position}/index" };
        Comparison op = arg.Op switch
        {
            "SCMP_CMP_EQ" => Comparison.Equal,
            "SCMP_CMP_NE" => Comparison.NotEqual,
            "SCMP_CMP_MASKED_EQ" => Comparison.MaskedEqual,
            "SCMP_CMP_LT" => Comparison.Less,
            "SCMP_CMP_LE" => Comparison.LessOrEqual,
            "SCMP_CMP_GT" => Comparison.Greater,
            "SCMP_CMP_GE" => Comparison.GreaterOrEqual,
            _ => throw new ContainerException($"seccomp: unknown operator \"{arg.Op}\"") { Pointer = $"/linux/seccomp/syscalls/{rule}/args/{position}/op" },
        };
        return op == Comparison.MaskedEqual ? new((int)arg.Index, op, arg.Value, arg.ValueTwo & arg.Value) : new((int)arg.Index, op, ulong.MaxValue, arg.Value);
    }

    /// <summary>Only the low words count, as for a 32-bit architecture.</summary>
    public Condition Low => this with { Mask = (uint)Mask, Value = (uint)Value };

    /// <summary>The order in which libseccomp tries first conditions: highest argument, then by kind of operator, then the more particular value.</summary>
    public int CompareTo(Condition other)
    {
        if (Argument != other.Argument)
            return other.Argument.CompareTo(Argument);
        if (Rank != other.Rank)
            return Rank.CompareTo(other.Rank);
        if (Mask != other.Mask)
            return other.Mask.CompareTo(Mask);
        return Rank == 1 ? Value.CompareTo(other.Value) : other.Value.CompareTo(Value);
    }

    private int Rank => Op switch { <= Comparison.MaskedEqual => 0, <= Comparison.LessOrEqual => 1, _ => 2 };
}
