using System;
using System.Buffers.Binary;

namespace SharpRunc.Linux.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Runs classic BPF as the kernel does for seccomp: data words are in the machine's byte order, here little-endian.</summary>
internal static class Simulator
{
    /// <summary>Returns the program's return value.</summary>
    /// <param name="data">A <c>struct seccomp_data</c>, 64 bytes.</param>
    /// <param name="executed">The number of instructions that ran.</param>
    /// <exception cref="InvalidOperationException">The kernel would have refused the program.</exception>
    public static uint Run(ReadOnlySpan<Instruction> program, ReadOnlySpan<byte> data, out int executed)
    {
        uint a = 0, x = 0;
        Span<uint> memory = stackalloc uint[BPF_MEMWORDS];
        memory.Clear();
        executed = 0;
        for (int at = 0; at < program.Length; at++)
        {
            executed++;
            Instruction i = program[at];
            uint operand = (i.Code & BPF_X) != 0 ? x : i.K;
            switch (i.Code & 7)
            {
                case BPF_LD: a = Load(i, data, memory); break;
                case BPF_LDX: x = Load(i, data, memory); break;
                case BPF_ST: memory[(int)i.K] = a; break;
                case BPF_STX: memory[(int)i.K] = x; break;
                case BPF_ALU: a = Compute(i, a, operand); break;
                case BPF_JMP when i.Code == (BPF_JMP | BPF_JA): at += (int)i.K; break;
                case BPF_JMP: at += Holds(i, a, operand) ? i.Yes : i.No; break;
                case BPF_RET: return (i.Code & 0x18) == BPF_A ? a : i.K;
                case BPF_MISC when i.Code == (BPF_MISC | BPF_TAX): x = a; break;
                case BPF_MISC when i.Code == (BPF_MISC | BPF_TXA): a = x; break;
                default: throw Refused(i);
            }
        }
        throw new InvalidOperationException("the program runs past its end");
    }

    private static uint Load(Instruction i, ReadOnlySpan<byte> data, ReadOnlySpan<uint> memory) => (i.Code & 0xE0) switch
    {
        BPF_ABS when i.K % 4 == 0 => BinaryPrimitives.ReadUInt32LittleEndian(data[(int)i.K..]),
        BPF_IMM => i.K,
        BPF_MEM => memory[(int)i.K],
        BPF_LEN => (uint)data.Length,
        _ => throw Refused(i),
    };

    private static uint Compute(Instruction i, uint a, uint operand) => (i.Code & 0xF0) switch
    {
        BPF_ADD => a + operand,
        BPF_SUB => a - operand,
        BPF_MUL => a * operand,
        BPF_DIV => operand == 0 ? 0 : a / operand,
        BPF_OR => a | operand,
        BPF_AND => a & operand,
        BPF_LSH => a << (int)operand,
        BPF_RSH => a >> (int)operand,
        BPF_NEG => 0 - a,
        BPF_XOR => a ^ operand,
        _ => throw Refused(i),
    };

    private static bool Holds(Instruction i, uint a, uint operand) => (i.Code & 0xF0) switch
    {
        BPF_JEQ => a == operand,
        BPF_JGT => a > operand,
        BPF_JGE => a >= operand,
        BPF_JSET => (a & operand) != 0,
        _ => throw Refused(i),
    };

    private static InvalidOperationException Refused(Instruction i) => new($"seccomp refuses {i}");
}
