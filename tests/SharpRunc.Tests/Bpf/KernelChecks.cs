using System;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// What Linux asks of a filter before it loads it, in our own words (net/core/filter.c: bpf_check_basics_ok, bpf_check_classic,
/// check_load_and_stores; kernel/seccomp.c: seccomp_check_filter). All it refuses is EINVAL. That these words are the kernel's is tested
/// on the kernel: <see cref="KernelChecksTests"/>.
/// </summary>
internal static class KernelChecks
{
    /// <summary>sizeof(struct seccomp_data).</summary>
    private const int DataSize = 64;

    private const int BitsOfWord = 32;

    private static readonly bool[] Known = KnownOpcodes();

    /// <summary>Null: it loads; else why not, with the instruction's index where one is at fault.</summary>
    public static string? Refusal(ReadOnlySpan<Instruction> program)
    {
        if (program.Length is 0 or > BPF_MAXINSNS)
            return $"{program.Length} instructions";
        for (int at = 0; at < program.Length; at++)
            if (Fault(program[at], behind: program.Length - at - 1) is { } fault)
                return $"{at}: {fault} ({program[at]})";
        return (program[^1].Code & 7) == BPF_RET ? UnwrittenRead(program) : "the last instruction does not return";
    }

    /// <summary>What is wrong with an instruction wherever the program came from.</summary>
    /// <param name="behind">Instructions that follow it.</param>
    private static string? Fault(Instruction i, int behind)
    {
        if (i.Code >= Known.Length || !Known[i.Code])
            return "not an instruction of a filter for system calls";
        switch (i.Code)
        {
            case BPF_LD | BPF_W | BPF_ABS:
                return i.K >= DataSize || i.K % sizeof(uint) != 0 ? "no word of the data" : null;
            case BPF_LD | BPF_MEM or BPF_LDX | BPF_MEM or BPF_ST or BPF_STX:
                return i.K >= BPF_MEMWORDS ? "no word of the memory" : null;
            case BPF_ALU | BPF_DIV | BPF_K:
                return i.K == 0 ? "division by zero" : null;
            case BPF_ALU | BPF_LSH | BPF_K or BPF_ALU | BPF_RSH | BPF_K:
                return i.K >= BitsOfWord ? "shift by more bits than there are" : null;
            case BPF_JMP | BPF_JA:
                return i.K >= (uint)behind ? "jump behind the end" : null;
            default:
                return (i.Code & 7) == BPF_JMP && (i.Yes >= behind || i.No >= behind) ? "jump behind the end" : null;
        }
    }

    /// <summary>
    /// A word of the memory is read that some path did not write. Jumps only go forward, so one pass knows all ways that lead to an
    /// instruction; as in the kernel, what stands behind a return counts as reached from it.
    /// </summary>
    private static string? UnwrittenRead(ReadOnlySpan<Instruction> program)
    {
        Span<ushort> byJumps = program.Length <= 1024 ? stackalloc ushort[program.Length] : new ushort[program.Length];
        byJumps.Fill(ushort.MaxValue);
        int written = 0;
        for (int at = 0; at < program.Length; at++)
        {
            Instruction i = program[at];
            written &= byJumps[at];
            switch (i.Code & 7)
            {
                case BPF_ST or BPF_STX:
                    written |= 1 << (int)i.K;
                    break;
                case BPF_LD or BPF_LDX when (i.Code & 0xE0) == BPF_MEM && (written >> (int)i.K & 1) == 0:
                    return $"{at}: M[{i.K}] is not written on every path";
                case BPF_JMP when i.Code == (BPF_JMP | BPF_JA):
                    byJumps[at + 1 + (int)i.K] &= (ushort)written;
                    written = ushort.MaxValue;
                    break;
                case BPF_JMP:
                    byJumps[at + 1 + i.Yes] &= (ushort)written;
                    byJumps[at + 1 + i.No] &= (ushort)written;
                    written = ushort.MaxValue;
                    break;
            }
        }
        return null;
    }

    private static bool[] KnownOpcodes()
    {
        bool[] known = new bool[256];
        foreach (int code in new[]
        {
            BPF_LD | BPF_W | BPF_ABS, BPF_LD | BPF_W | BPF_LEN, BPF_LD | BPF_IMM, BPF_LD | BPF_MEM,
            BPF_LDX | BPF_W | BPF_LEN, BPF_LDX | BPF_IMM, BPF_LDX | BPF_MEM, BPF_ST, BPF_STX,
            BPF_ALU | BPF_NEG, BPF_JMP | BPF_JA, BPF_RET | BPF_K, BPF_RET | BPF_A, BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA,
        })
            known[code] = true;
        // The constant and the register.
        foreach (int operation in new[] { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH, BPF_XOR })
            known[BPF_ALU | operation | BPF_K] = known[BPF_ALU | operation | BPF_X] = true;
        foreach (int condition in new[] { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET })
            known[BPF_JMP | condition | BPF_K] = known[BPF_JMP | condition | BPF_X] = true;
        return known;
    }
}
