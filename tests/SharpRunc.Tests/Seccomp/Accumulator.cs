using System.Collections.Generic;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What a program's accumulator holds wherever it is compared.</summary>
internal static class Accumulator
{
    /// <summary>
    /// Some comparison is reached with one word of the data on one path and with another word on another path. No profile means that:
    /// libseccomp (2.5) lets blocks share a load, and sometimes jumps behind it from where another word had been loaded.
    /// </summary>
    public static bool IsAmbiguous(Instruction[] program)
    {
        HashSet<(uint Offset, uint Mask)>[] before = new HashSet<(uint, uint)>[program.Length];
        for (int i = 0; i < before.Length; i++)
            before[i] = [];
        before[0].Add((uint.MaxValue, 0));
        for (int at = 0; at < program.Length; at++)
        {
            Instruction i = program[at];
            bool compares = (i.Code & 7) == BPF_JMP && i.Code != (BPF_JMP | BPF_JA);
            if (compares && before[at].Count > 1)
                return true;
            foreach ((uint offset, uint mask) in before[at])
                switch (i.Code & 7)
                {
                    case BPF_LD: before[at + 1].Add((i.K, uint.MaxValue)); break;
                    case BPF_ALU: before[at + 1].Add((offset, mask & i.K)); break;
                    case BPF_JMP when !compares: before[at + 1 + (int)i.K].Add((offset, mask)); break;
                    case BPF_JMP:
                        before[at + 1 + i.Yes].Add((offset, mask));
                        before[at + 1 + i.No].Add((offset, mask));
                        break;
                }
        }
        return false;
    }
}
