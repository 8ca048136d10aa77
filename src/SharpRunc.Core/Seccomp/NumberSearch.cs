using System;
using SharpRunc.Linux.Bpf;
using static SharpRunc.Linux.LibC.Libc;
using Label = SharpRunc.Linux.Bpf.Assembler.Label;

namespace SharpRunc.Core.Seccomp;

/// <summary>Writes the code that finds a number's range and what is decided there: a binary search, balanced by how often each range is asked for.</summary>
internal ref struct NumberSearch(Assembler code, ReadOnlySpan<Range> ranges, uint otherwise)
{
    private readonly ReadOnlySpan<Range> _ranges = ranges;

    public Label Write() => Write(0, _ranges.Length);

    private Label Write(int from, int to)
    {
        Range first = _ranges[from];
        if (to - from == 1)
            return first.Rules == null ? code.Return(first.Action) : new ConditionCode(code, first.Architecture!).Of(first.Rules, otherwise);
        // One number between two ranges of the same decision is one comparison.
        if (to - from == 3 && _ranges[from + 1].First + 1 == _ranges[from + 2].First && first.SameAs(_ranges[from + 2]))
        {
            Label around = Write(from + 2, to);
            return code.Branch(BPF_JEQ, _ranges[from + 1].First, Write(from + 1, from + 2), around);
        }
        int middle = Middle(from, to);
        Label right = Write(middle, to);
        return code.Branch(BPF_JGE, _ranges[middle].First, right, Write(from, middle));
    }

    /// <summary>Where what lies before weighs about as much as what lies behind.</summary>
    private readonly int Middle(int from, int to)
    {
        long total = 0, before = 0;
        for (int i = from; i < to; i++)
            total += _ranges[i].Weight;
        int middle = from + 1;
        for (before = _ranges[from].Weight; middle < to - 1; middle++)
        {
            long with = before + _ranges[middle].Weight;
            if (Math.Abs(total - 2 * with) >= Math.Abs(total - 2 * before))
                break;
            before = with;
        }
        return middle;
    }
}
