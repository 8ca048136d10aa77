using System;
using SharpRunc.Linux.Bpf;
using Label = SharpRunc.Linux.Bpf.Assembler.Label;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Writes the code that finds a number's range and the decision for it: a binary search, balanced by how often each range is hit.
/// </summary>
internal readonly ref struct NumberSearch(Assembler code, ReadOnlySpan<Range> ranges, uint otherwise)
{
    /// <summary>A binary search among seven ranges takes three comparisons too.</summary>
    private const int MostExceptions = 3;

    private readonly ReadOnlySpan<Range> ranges = ranges;

    public Label Write() => Write(0, ranges.Length);

    private Label Write(int from, int to)
    {
        if (to - from == 1)
            return Decide(ranges[from]);
        if (AreExceptions(from, to))
            return Exceptions(from, to);
        int middle = Middle(from, to);
        Label right = Write(middle, to);
        return code.Branch(BPF_JGE, ranges[middle].First, right, Write(from, middle));
    }

    private Label Decide(Range range)
    {
        if (range.Rules is null)
            return code.Return(range.Action);
        return new ConditionCode(code, range.Architecture!).Write(range.Rules, otherwise);
    }

    /// <summary>A few single numbers within an otherwise uniform range; the last exception may be longer if nothing follows it.</summary>
    private bool AreExceptions(int from, int to)
    {
        if (to - from > 2 * MostExceptions + 1)
            return false;
        for (int i = from + 1; i < to; i++)
            if ((i - from) % 2 == 0 ? !ranges[i].SameAs(ranges[from]) : i + 1 < to && ranges[i].First + 1 != ranges[i + 1].First)
                return false;
        return true;
    }

    /// <summary>One comparison per exception, instead of two for its start and its end; the most frequent one first.</summary>
    private Label Exceptions(int from, int to)
    {
        Label next = Decide(ranges[from]);
        int written = 0;
        for (int left = (to - from) / 2; left > 0; left--)
        {
            int rarest = -1;
            for (int i = from + 1; i < to; i += 2)
                if ((written & 1 << (i - from)) == 0 && (rarest < 0 || ranges[i].Weight < ranges[rarest].Weight))
                    rarest = i;
            written |= 1 << (rarest - from);
            Label exception = Decide(ranges[rarest]);
            next = code.Branch(rarest + 1 < to ? BPF_JEQ : BPF_JGE, ranges[rarest].First, exception, next);
        }
        return next;
    }

    /// <summary>The position at which the weights before and after are about equal.</summary>
    private int Middle(int from, int to)
    {
        long total = 0;
        for (int i = from; i < to; i++)
            total += ranges[i].Weight;
        int middle = from + 1;
        for (long before = ranges[from].Weight; middle < to - 1; middle++)
        {
            long with = before + ranges[middle].Weight;
            if (Math.Abs(total - 2 * with) >= Math.Abs(total - 2 * before))
                break;
            before = with;
        }
        return middle;
    }
}
