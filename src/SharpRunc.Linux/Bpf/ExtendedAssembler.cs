using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The registers of extended BPF: R0 is the result, R1 the context at entry.</summary>
internal enum Register : byte { R0, R1, R2, R3, R4, R5 }

/// <summary>
/// Writes extended BPF (kernel Documentation/bpf/standardization/instruction-set.rst), only the instructions that device programs use. A
/// jump leads forward to the instruction at which <see cref="Land"/> is called with its number.
/// </summary>
internal sealed class ExtendedAssembler
{
    private readonly List<bpf_insn> code = [];

    public bpf_insn[] ToArray() => code.ToArray();

    /// <summary>to = *(u32 *)(from + offset)</summary>
    public void LoadWord(Register to, Register from, short offset) => Emit(ExtendedOpcode.LoadWord, to, from, offset);

    public void Move(Register to, Register from) => Emit(ExtendedOpcode.Move32, to, from);

    public void Move(Register to, int value) => Emit(ExtendedOpcode.Move32Immediate, to, value: value);

    public void And(Register to, int mask) => Emit(ExtendedOpcode.And32Immediate, to, value: mask);

    public void ShiftRight(Register to, int bits) => Emit(ExtendedOpcode.ShiftRight32Immediate, to, value: bits);

    public void Exit() => Emit(ExtendedOpcode.Exit, Register.R0);

    /// <summary>Jumps when the low 32 bits differ; returns the jump's number, for <see cref="Land"/>.</summary>
    public int JumpUnlessEqual(Register register, int value)
    {
        Emit(ExtendedOpcode.JumpNotEqual32Immediate, register, value: value);
        return code.Count - 1;
    }

    /// <summary>Jumps when the low 32 bits are equal; returns the jump's number, for <see cref="Land"/>.</summary>
    public int JumpIfEqual(Register register, int value)
    {
        Emit(ExtendedOpcode.JumpEqual32Immediate, register, value: value);
        return code.Count - 1;
    }

    /// <summary>Makes the jump lead to the instruction that is written next.</summary>
    public void Land(int jump) => CollectionsMarshal.AsSpan(code)[jump].off = checked((short)(code.Count - jump - 1));

    private void Emit(byte opcode, Register to, Register from = Register.R0, short offset = 0, int value = 0)
        => code.Add(new bpf_insn { code = opcode, regs = (byte)((byte)to | (byte)from << 4), off = offset, imm = value });
}

/// <summary>Opcode bytes: the class in the low three bits, then the source (0x08: register), then the operation.</summary>
internal static class ExtendedOpcode
{
    public const byte
        LoadWord = 0x61,
        Move32 = 0xbc,
        Move32Immediate = 0xb4,
        And32Immediate = 0x54,
        ShiftRight32Immediate = 0x74,
        JumpEqual32Immediate = 0x16,
        JumpNotEqual32Immediate = 0x56,
        Exit = 0x95;
}

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
