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
