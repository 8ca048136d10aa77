using System;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Short programs, about half of which the kernel takes: sound instructions, among them now and then one that is off by a little.
/// </summary>
internal static class RandomProgram
{
    private static readonly ushort[] Computations = [BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH, BPF_NEG,
        BPF_XOR];

    private static readonly ushort[] Conditions = [BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET];

    public static Instruction[] Next(Dice dice)
    {
        Instruction[] program = new Instruction[1 + dice.Below(24)];
        for (int at = 0; at < program.Length; at++)
            program[at] = Sound(dice, behind: program.Length - at - 1);
        if (dice.Once(3))
        {
            ref Instruction spoilt = ref program[dice.Below(program.Length)];
            spoilt = Spoilt(dice, spoilt);
        }
        return program;
    }

    /// <summary>Memory is written twice as often as it is read.</summary>
    private static Instruction Sound(Dice dice, int behind)
    {
        if (behind == 0)
            return new(dice.Of<ushort>(BPF_RET | BPF_K, BPF_RET | BPF_A), 0, 0, SECCOMP_RET_ALLOW);
        ushort source = dice.Of(BPF_K, BPF_X);
        switch (dice.Below(10))
        {
            case 0: return new(BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint)dice.Below(16) * 4);
            case 1:
                return new(dice.Of<ushort>(BPF_LD | BPF_IMM, BPF_LDX | BPF_IMM, BPF_LD | BPF_LEN, BPF_LDX | BPF_LEN), 0, 0,
                (uint)dice.Number());
            case 2: return new(dice.Of<ushort>(BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA), 0, 0, 0);
            case 3: return new(BPF_JMP | BPF_JA, 0, 0, (uint)dice.Below(behind));
            case 4 or 5: return new(dice.Of(BPF_ST, BPF_STX), 0, 0, (uint)dice.Below(3));
            case 6 when dice.Once(2): return new(dice.Of<ushort>(BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM), 0, 0, (uint)dice.Below(3));
            case 7:
                ushort operation = dice.Of(Computations);
                return new((ushort)(BPF_ALU | operation | (operation == BPF_NEG ? 0 : source)), 0, 0, 1 + (uint)dice.Below(31));
            default:
                return new((ushort)(BPF_JMP | dice.Of(Conditions) | source), (byte)dice.Below(behind), (byte)dice.Below(behind),
                    (uint)dice.Number());
        }
    }

    private static Instruction Spoilt(Dice dice, Instruction i) => dice.Below(5) switch
    {
        0 => i with { Code = (ushort)(i.Code ^ 1 << dice.Below(16)) },
        1 => i with { Code = (ushort)dice.Below(256) },
        2 => i with { K = (uint)dice.Number() },
        3 => i with { Yes = (byte)dice.Below(256) },
        _ => i with { No = (byte)Math.Min(255, i.No + dice.Below(26)) },
    };
}
