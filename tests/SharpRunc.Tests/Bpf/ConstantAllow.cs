using System;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// When a filter is loaded, Linux (kernel/seccomp.c, seccomp_is_const_allow) follows it for every number of the two architectures, knowing
/// nothing but number and architecture; what it finds to be allowed is from then on allowed without running the filter. It gives up at any
/// instruction that is not one of these.
/// </summary>
internal static class ConstantAllow
{
    private const uint NumberOffset = 0, ArchitectureOffset = 4;

    public static bool Holds(ReadOnlySpan<Instruction> program, uint audit, uint number)
    {
        uint a = 0;
        for (int at = 0; ; at++)
        {
            Instruction i = program[at];
            switch (i.Code)
            {
                case BPF_LD | BPF_W | BPF_ABS when i.K == NumberOffset: a = number; break;
                case BPF_LD | BPF_W | BPF_ABS when i.K == ArchitectureOffset: a = audit; break;
                case BPF_ALU | BPF_AND | BPF_K: a &= i.K; break;
                case BPF_JMP | BPF_JA: at += (int)i.K; break;
                case BPF_JMP | BPF_JEQ | BPF_K: at += a == i.K ? i.Yes : i.No; break;
                case BPF_JMP | BPF_JGT | BPF_K: at += a > i.K ? i.Yes : i.No; break;
                case BPF_JMP | BPF_JGE | BPF_K: at += a >= i.K ? i.Yes : i.No; break;
                case BPF_JMP | BPF_JSET | BPF_K: at += (a & i.K) != 0 ? i.Yes : i.No; break;
                case BPF_RET | BPF_K: return i.K == SECCOMP_RET_ALLOW;
                default: return false;
            }
        }
    }
}
