using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A classic BPF instruction, laid out as the kernel's <c>struct sock_filter</c>.</summary>
/// <param name="Code">Class, size, operation and source: BPF_… of linux/filter.h.</param>
/// <param name="Yes">The number of instructions to skip if a condition holds.</param>
/// <param name="No">The number of instructions to skip if it does not.</param>
/// <param name="K">The constant: an operand, an offset into the data, or a return value.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 8)]
internal readonly record struct Instruction(ushort Code, byte Yes, byte No, uint K);

/// <summary>
/// Assembles classic BPF from its last instruction to its first. BPF only jumps forward, so when code is written backwards every target
/// already has its position: a label is a number, and nothing needs patching. A conditional jump reaches 255 instructions; for a target
/// further away, a nearby copy of a return, or a <c>ja</c> right after the jump, stands in.
/// </summary>
internal sealed class Assembler
{
    private Instruction[] reversed = new Instruction[512];
    private int count;

    /// <summary>An instruction that is already written: the number of instructions from it to the end, itself included.</summary>
    public readonly record struct Label(int FromEnd);

    public int Count => count;

    /// <summary>The instruction written last; the next one written falls through to it.</summary>
    public Label Next => new(count);

    public Label Return(uint value)
    {
        // An equal return within reach is reused: that costs nothing and keeps the program small.
        for (int i = count - 1; i >= 0 && count - i < 250; i--)
            if (reversed[i] is { Code: BPF_RET | BPF_K, K: var k } && k == value)
                return new(i + 1);
        return Write(new(BPF_RET | BPF_K, 0, 0, value));
    }

    /// <summary>A = the 32-bit word at this offset of the data; then goes to <paramref name="then"/>.</summary>
    public Label Load(int offset, Label then)
    {
        RunInto(then);
        return Write(new(BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint)offset));
    }

    /// <summary>A &amp;= mask; then goes to <paramref name="then"/>.</summary>
    public Label And(uint mask, Label then)
    {
        RunInto(then);
        return Write(new(BPF_ALU | BPF_AND | BPF_K, 0, 0, mask));
    }

    /// <summary>Compares A with k by BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET.</summary>
    public Label Branch(ushort condition, uint k, Label yes, Label no)
    {
        if (yes == no)
            return yes;
        // Bringing one target nearer moves the other one away by one instruction at most.
        if (Distance(yes) > byte.MaxValue - 1)
            yes = BringNear(yes);
        if (Distance(no) > byte.MaxValue)
            no = BringNear(no);
        Debug.Assert(Distance(yes) <= byte.MaxValue);
        return Write(new((ushort)(BPF_JMP | condition | BPF_K), (byte)Distance(yes), (byte)Distance(no), k));
    }

    /// <summary>The program whose first instruction is <paramref name="entry"/>.</summary>
    public Instruction[] ToProgram(Label entry)
    {
        RunInto(entry);
        Instruction[] program = reversed.AsSpan(0, count).ToArray();
        Array.Reverse(program);
        return program;
    }

    /// <summary>The number of instructions that the next one would have to skip.</summary>
    private int Distance(Label target) => count - target.FromEnd;

    private void RunInto(Label target)
    {
        if (target != Next)
            BringNear(target);
    }

    private Label BringNear(Label target)
    {
        Instruction there = reversed[target.FromEnd - 1];
        return Write(there.Code == (BPF_RET | BPF_K) ? there : new(BPF_JMP | BPF_JA, 0, 0, (uint)Distance(target)));
    }

    private Label Write(Instruction instruction)
    {
        if (count == reversed.Length)
            Array.Resize(ref reversed, count * 2);
        reversed[count++] = instruction;
        return Next;
    }
}
