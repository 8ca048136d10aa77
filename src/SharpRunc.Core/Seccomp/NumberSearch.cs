using System;
using SharpRunc.Linux.Bpf;
using static SharpRunc.Linux.LibC.Libc;
using Label = SharpRunc.Linux.Bpf.Assembler.Label;

namespace SharpRunc.Core.Seccomp;

/// <summary>
/// Writes the code that finds a number's range and the decision for it: a binary search, balanced by how often each range is hit.
/// </summary>
internal readonly ref struct NumberSearch(Assembler code, ReadOnlySpan<Range> ranges, uint otherwise)
{
    /// <summary>A binary search among seven ranges takes three comparisons too.</summary>
    private const int MostExceptions = 3;

    private readonly ReadOnlySpan<Range> _ranges = ranges;

    public Label Write() => Write(0, _ranges.Length);

    private Label Write(int from, int to)
    {
        if (to - from == 1)
            return Decide(_ranges[from]);
        if (AreExceptions(from, to))
            return Exceptions(from, to);
        int middle = Middle(from, to);
        Label right = Write(middle, to);
        return code.Branch(BPF_JGE, _ranges[middle].First, right, Write(from, middle));
    }

    private Label Decide(Range range) => range.Rules == null ? code.Return(range.Action) : new ConditionCode(code, range.Architecture!).Of(range.Rules, otherwise);

    /// <summary>A few single numbers within an otherwise uniform range; the last exception may be longer if nothing follows it.</summary>
    private bool AreExceptions(int from, int to)
    {
        if (to - from > 2 * MostExceptions + 1)
            return false;
        for (int i = from + 1; i < to; i++)
            if ((i - from) % 2 == 0 ? !_ranges[i].SameAs(_ranges[from]) : i + 1 < to && _ranges[i].First + 1 != _ranges[i + 1].First)
                return false;
        return true;
    }

    /// <summary>One comparison per exception, instead of two for its start and its end; the most frequent one first.</summary>
    private Label Exceptions(int from, int to)
    {
        Label next = Decide(_ranges[from]);
        int written = 0;
        for (int left = (to - from) / 2; left > 0; left--)
        {
            int rarest = -1;
            for (int i = from + 1; i < to; i += 2)
                if ((written & 1 << (i - from)) == 0 && (rarest < 0 || _ranges[i].Weight < _ranges[rarest].Weight))
                    rarest = i;
            written |= 1 << (rarest - from);
            Label exception = Decide(_ranges[rarest]);
            next = code.Branch(rarest + 1 < to ? BPF_JEQ : BPF_JGE, _ranges[rarest].First, exception, next);
        }
        return next;
    }

    /// <summary>The position at which the weights before and after are about equal.</summary>
    private int Middle(int from, int to)
    {
        long total = 0;
        for (int i = from; i < to; i++)
            total += _ranges[i].Weight;
        int middle = from + 1;
        for (long before = _ranges[from].Weight; middle < to - 1; middle++)
        {
            long with = before + _ranges[middle].Weight;
            if (Math.Abs(total - 2 * with) >= Math.Abs(total - 2 * before))
                break;
            before = with;
        }
        return middle;
    }
}
