using System;

namespace SharpRunc.Linux.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Runs programs of <see cref="ExtendedAssembler"/>, so that a test can evaluate one thousands of times without a kernel.
/// </summary>
internal static class ExtendedSimulator
{
    /// <summary>Returns the program's R0.</summary>
    /// <param name="context">The words that R1 points to.</param>
    public static uint Run(ReadOnlySpan<bpf_insn> program, ReadOnlySpan<uint> context)
    {
        Span<uint> registers = stackalloc uint[16];
        for (int at = 0; ; at++)
        {
            bpf_insn insn = program[at];
            ref uint to = ref registers[insn.regs & 15];
            uint from = registers[insn.regs >> 4];
            switch (insn.code)
            {
                case ExtendedOpcode.LoadWord when insn.regs >> 4 == (int)Register.R1: to = context[insn.off / 4]; break;
                case ExtendedOpcode.Move32: to = from; break;
                case ExtendedOpcode.Move32Immediate: to = (uint)insn.imm; break;
                case ExtendedOpcode.And32Immediate: to &= (uint)insn.imm; break;
                case ExtendedOpcode.ShiftRight32Immediate: to >>= insn.imm; break;
                case ExtendedOpcode.JumpEqual32Immediate: at += to == (uint)insn.imm ? insn.off : 0; break;
                case ExtendedOpcode.JumpNotEqual32Immediate: at += to != (uint)insn.imm ? insn.off : 0; break;
                case ExtendedOpcode.Exit: return registers[0];
                default: throw new InvalidOperationException($"instruction {at}: opcode 0x{insn.code:x2}");
            }
        }
    }
}
