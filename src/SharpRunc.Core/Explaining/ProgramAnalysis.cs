using System;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// What is known at each instruction of a program: the architecture, the smallest possible number, and which word of struct seccomp_data
/// the accumulator holds. Jumps only go forward, so one pass is enough; where paths with different values meet, nothing is known.
/// </summary>
internal sealed class ProgramAnalysis
{
    private readonly State?[] states;

    /// <param name="Audit">AUDIT_ARCH_…; 0: any.</param>
    /// <param name="From">A lower bound of the call's number.</param>
    /// <param name="Offset">In struct seccomp_data; −1: unknown.</param>
    public readonly record struct State(uint Audit, uint From, int Offset);

    public ProgramAnalysis(ReadOnlySpan<Instruction> program)
    {
        states = new State?[program.Length];
        states[0] = new(0, 0, -1);
        for (int at = 0; at < program.Length; at++)
        {
            if (states[at] is not { } state)
                continue;
            Instruction i = program[at];
            switch (i.Code & 7)
            {
                case BPF_LD:
                    Merge(at + 1, state with { Offset = (int)i.K });
                    break;
                case BPF_ALU:
                    Merge(at + 1, state);
                    break;
                case BPF_JMP when i.Code == (BPF_JMP | BPF_JA):
                    Merge(at + 1 + (int)i.K, state);
                    break;
                case BPF_JMP:
                    Merge(at + 1 + i.Yes, Branch(i, state));
                    Merge(at + 1 + i.No, state);
                    break;
            }
        }
    }

    /// <summary>Null: never reached.</summary>
    public State? this[int at] => states[at];

    private void Merge(int at, State state)
    {
        State known = states[at] ?? state;
        uint audit = known.Audit == state.Audit ? state.Audit : 0;
        int offset = known.Offset == state.Offset ? state.Offset : -1;
        states[at] = new(audit, Math.Min(known.From, state.From), offset);
    }

    private static State Branch(Instruction i, State state) => state.Offset switch
    {
        SeccompCompiler.ArchitectureOffset => state with { Audit = i.K },
        SeccompCompiler.NumberOffset => state with { From = Math.Max(state.From, i.K) },
        _ => state,
    };
}
