using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;
using Architecture = SharpRunc.Core.Seccomp.Architecture;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A compiled profile for human readers: the instructions of <see cref="Listing"/> with a heading where an architecture's part begins, call
/// names next to the numbers, and returns as actions. <c>  12  jeq 0x3b, 40, 13  ; execve</c>.
/// </summary>
internal static class AnnotatedListing
{
    private const int FirstArgument = 16, ArgumentSize = 8, CommentColumn = 34;

    public static string Write(ProfileEvaluator evaluator)
        => Write(MemoryMarshal.Cast<byte, Instruction>(evaluator.Program.Instructions), evaluator);

    /// <param name="program">Compiled from the profile of <paramref name="evaluator"/>.</param>
    public static string Write(ReadOnlySpan<Instruction> program, ProfileEvaluator evaluator)
    {
        ProgramAnalysis reading = new(program);
        HashSet<uint> begun = [];
        StringBuilder text = new();
        for (int at = 0; at < program.Length; at++)
        {
            if (reading[at] is { Audit: not 0 and var audit } && program[at].Code != (BPF_RET | BPF_K) && begun.Add(audit))
                text.Append("; ").Append(Heading(evaluator, audit)).Append('\n');
            int start = text.Length;
            text.Append(at.ToString().PadLeft(4)).Append("  ").Append(Line(program[at], at));
            string comment = reading[at] is { } state ? Comment(program[at], state, evaluator) : "never reached";
            if (comment.Length > 0)
                text.Append(' ', Math.Max(2, CommentColumn - (text.Length - start))).Append("; ").Append(comment);
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Line(Instruction i, int at)
        => i.Code == (BPF_RET | BPF_K) ? "ret " + Wording.Action(i.K) : Listing.Line(i, at);

    /// <summary>x86_64 and x32 share a part.</summary>
    private static string Heading(ProfileEvaluator evaluator, uint audit)
    {
        List<ArchitectureRules> sharing = evaluator.Profile.Architectures.FindAll(rules => rules.Architecture.Audit == audit);
        return string.Join(", ", sharing.ConvertAll(static rules => rules.Architecture.Name));
    }

    private static string Comment(Instruction i, ProgramAnalysis.State state, ProfileEvaluator evaluator)
    {
        if (i.Code == (BPF_LD | BPF_W | BPF_ABS))
            return Word((int)i.K, Find(state.Audit, state.From));
        if ((i.Code & 7) != BPF_JMP || i.Code == (BPF_JMP | BPF_JA))
            return "";
        if (state.Offset == SeccompCompiler.ArchitectureOffset)
            return Find(i.K, 0) is { } compared ? ArchitectureName.Short(compared) : "";
        if (state.Offset == SeccompCompiler.NumberOffset && Find(state.Audit, i.K) is { } architecture)
            return Number(i, evaluator, architecture);
        return "";
    }

    private static string Number(Instruction i, ProfileEvaluator evaluator, Architecture architecture)
    {
        string? name = evaluator.Names(architecture).Find(i.K);
        if (architecture.NumberBase == X32_SYSCALL_BIT)
            name = X32Number(i.K, evaluator.Rules(architecture) is null ? null : name);
        if (name is null)
            return "";
        return (i.Code & 0xF0) == BPF_JEQ ? name : "from " + name;
    }

    /// <param name="name">null for a number without one, and if x32 is not listed.</param>
    private static string X32Number(uint number, string? name)
    {
        if (number == uint.MaxValue)
            return "a call that its tracer cancelled";
        return name is null ? "x32" : "x32's " + name;
    }

    /// <summary>The architecture whose calls begin at or below that number.</summary>
    private static Architecture? Find(uint audit, uint number)
    {
        bool hasX32Bit = number >= X32_SYSCALL_BIT;
        return Array.Find(Architecture.All, architecture => architecture.Audit == audit
            && (audit != AUDIT_ARCH_X86_64 || hasX32Bit == (architecture.NumberBase != 0)));
    }

    private static string Word(int offset, Architecture? architecture)
    {
        if (offset == SeccompCompiler.ArchitectureOffset)
            return "architecture";
        if (offset == SeccompCompiler.NumberOffset)
            return "number";
        bool isFirst = (offset - FirstArgument) % ArgumentSize == 0;
        bool isHigh = architecture is null ? !isFirst : isFirst == architecture.IsBigEndian;
        string argument = $"arg{(offset - FirstArgument) / ArgumentSize}";
        if (isHigh)
            return argument + ", high word";
        return architecture is { Is64: false } ? argument : argument + ", low word";
    }
}

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
