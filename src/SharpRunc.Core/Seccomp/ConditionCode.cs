using SharpRunc.Linux.Bpf;
using Label = SharpRunc.Linux.Bpf.Assembler.Label;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Writes the code that tests arguments, last condition first: see <see cref="Assembler"/>.</summary>
internal sealed class ConditionCode(Assembler code, Architecture architecture)
{
    private const int FirstArgument = 16, Word = 4;

    private readonly bool is64 = architecture.Is64;

    private readonly int lowOffset = architecture.IsBigEndian ? Word : 0;

    private readonly int highOffset = architecture.IsBigEndian ? 0 : Word;

    /// <summary>Code that tries each chain in order.</summary>
    public Label Write(SyscallRules rules, uint otherwise)
    {
        Label next = code.Return(otherwise);
        for (int i = rules.Chains.Count - 1; i >= 0; i--)
        {
            Chain chain = rules.Chains[i];
            Label matched = code.Return(chain.Action);
            for (int j = chain.Conditions.Length - 1; j >= 0; j--)
                matched = Test(chain.Conditions[j], matched, next);
            next = matched;
        }
        return next;
    }

    private Label Test(Condition condition, Label yes, Label no) => condition.Op switch
    {
        Comparison.Equal or Comparison.MaskedEqual => Equal(condition, yes, no),
        Comparison.NotEqual => Equal(condition, no, yes),
        Comparison.Greater => Ordered(condition, BPF_JGT, yes, no),
        Comparison.GreaterOrEqual => Ordered(condition, BPF_JGE, yes, no),
        Comparison.Less => Ordered(condition, BPF_JGE, no, yes),
        _ => Ordered(condition, BPF_JGT, no, yes),
    };

    private Label Equal(Condition condition, Label yes, Label no)
    {
        Label low = EqualWord(condition, 0, yes, no);
        return is64 ? EqualWord(condition, 32, low, no) : low;
    }

    private Label EqualWord(Condition condition, int shift, Label yes, Label no)
    {
        uint mask = (uint)(condition.Mask >> shift), value = (uint)(condition.Value >> shift);
        if (mask == 0)
            return yes;
        Label compare = code.Branch(BPF_JEQ, value, yes, no);
        return Load(condition, shift, mask == uint.MaxValue ? compare : code.And(mask, compare));
    }

    /// <summary>The high words decide unless they are equal; then the low words decide, by <paramref name="comparison"/>.</summary>
    private Label Ordered(Condition condition, ushort comparison, Label yes, Label no)
    {
        uint high = (uint)(condition.Value >> 32);
        Label low = Load(condition, 0, code.Branch(comparison, (uint)condition.Value, yes, no));
        if (!is64)
            return low;
        Label equal = code.Branch(BPF_JEQ, high, low, no);
        return Load(condition, 32, code.Branch(BPF_JGT, high, yes, equal));
    }

    private Label Load(Condition condition, int shift, Label then)
    {
        int word = shift == 0 ? lowOffset : highOffset;
        return code.Load(FirstArgument + condition.Argument * 8 + word, then);
    }
}
