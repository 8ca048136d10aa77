using System;
using System.Text;

namespace SharpRunc.Linux.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A program as text, one instruction per line, with line numbers as jump targets: <c>  12  jeq 0x3b, 40, 13</c>.</summary>
internal static class Listing
{
    private static readonly string[] Alu = ["add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor"];
    private static readonly string[] Jumps = ["ja", "jeq", "jgt", "jge", "jset"];

    public static string Write(ReadOnlySpan<Instruction> program)
    {
        StringBuilder text = new();
        for (int at = 0; at < program.Length; at++)
            text.Append(at.ToString().PadLeft(4)).Append("  ").Append(Line(program[at], at)).Append('\n');
        return text.ToString();
    }

    /// <summary>One instruction.</summary>
    /// <param name="at">The instruction's own line, which jumps are relative to.</param>
    public static string Line(Instruction i, int at)
    {
        string operand = (i.Code & BPF_X) != 0 ? "x" : Hex(i.K);
        int operation = (i.Code & 0xF0) >> 4;
        switch (i.Code & 7)
        {
            case BPF_LD:
                return "ld " + Loaded(i, operand);
            case BPF_LDX:
                return "ldx " + Loaded(i, operand);
            case BPF_ST:
                return $"st M[{i.K}]";
            case BPF_STX:
                return $"stx M[{i.K}]";
            case BPF_ALU when operation < Alu.Length:
                return $"{Alu[operation]} {operand}";
            case BPF_JMP when i.Code == (BPF_JMP | BPF_JA):
                return $"ja {at + 1 + i.K}";
            case BPF_JMP when operation < Jumps.Length:
                return $"{Jumps[operation]} {operand}, {at + 1 + i.Yes}, {at + 1 + i.No}";
            case BPF_RET:
                return "ret " + ((i.Code & 0x18) == BPF_A ? "a" : operand);
            case BPF_MISC:
                return i.Code == (BPF_MISC | BPF_TAX) ? "tax" : "txa";
            default:
                return $".word {i}";
        }
    }

    private static string Loaded(Instruction i, string operand) => (i.Code & 0xE0) switch
    {
        BPF_ABS => $"[{i.K}]",
        BPF_MEM => $"M[{i.K}]",
        BPF_LEN => "len",
        _ => "#" + operand,
    };

    private static string Hex(uint value) => "0x" + value.ToString("x");
}
