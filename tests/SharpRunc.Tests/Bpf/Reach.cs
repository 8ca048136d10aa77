using System;
using System.Collections.Generic;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Which instructions some path leads to.</summary>
internal static class Reach
{
    /// <summary>Indices that no path leads to, ascending.</summary>
    public static List<int> Unreachable(ReadOnlySpan<Instruction> program)
    {
        bool[] reached = new bool[program.Length];
        reached[0] = true;
        List<int> unreachable = [];
        for (int at = 0; at < program.Length; at++)
        {
            Instruction i = program[at];
            if (!reached[at])
                unreachable.Add(at);
            else if (i.Code == (BPF_JMP | BPF_JA))
                reached[at + 1 + (int)i.K] = true;
            else if ((i.Code & 7) == BPF_JMP)
                reached[at + 1 + i.Yes] = reached[at + 1 + i.No] = true;
            else if ((i.Code & 7) != BPF_RET)
                reached[at + 1] = true;
        }
        return unreachable;
    }
}
