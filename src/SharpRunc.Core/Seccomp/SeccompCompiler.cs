using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using SharpRunc.Linux.Bpf;
using static SharpRunc.Linux.LibC.Libc;
using Label = SharpRunc.Linux.Bpf.Assembler.Label;

namespace SharpRunc.Core.Seccomp;

/// <summary>
/// linux.seccomp → classic BPF. The program switches on the architecture, then searches the number among ranges of equal
/// decision, then tests arguments; numbers above the highest that the profile names are new system calls to it, and get
/// ENOSYS, so that a libc falls back instead of giving up on EPERM.
/// </summary>
/// <remarks>
/// Once the program is loaded it judges the runtime's own calls too. Left to make then are, without no_new_privs: all of the
/// credentials' change (capset, setresuid …), read of exec.fifo, the start hooks, close_range and execve; with it: only
/// read, write, close_range, execve and exit_group.
/// </remarks>
internal static class SeccompCompiler
{
    private const int NumberOffset = 0, ArchitectureOffset = 4;

    /// <summary>Null for no profile: an absent or an empty one.</summary>
    /// <param name="native">Whose kernel will run it; null: this one's.</param>
    /// <exception cref="ContainerException">The profile is wrong, or needs more than 4096 instructions.</exception>
    public static SeccompProgram? Compile(Spec.Seccomp? source, Architecture? native = null)
    {
        if (source == null || source is { DefaultAction: "", Syscalls.Length: 0 })
            return null;
        uint flags = SeccompFlags.Of(source);
        Profile profile = new(source, native ?? Architecture.Native);
        Instruction[] program = Compile(profile);
        if (program.Length > BPF_MAXINSNS)
            throw new ContainerException($"seccomp: the profile needs {program.Length} instructions, and the kernel takes {BPF_MAXINSNS}") { Pointer = "/linux/seccomp/syscalls" };
        return new SeccompProgram(MemoryMarshal.AsBytes(program.AsSpan()).ToArray(), flags, profile.Warnings);
    }

    private static Instruction[] Compile(Profile profile)
    {
        Assembler code = new();
        Label foreign = code.Return(SECCOMP_RET_KILL_THREAD);
        Label next = foreign;
        // Written backwards: the native architecture comes last, and is asked first.
        for (int i = profile.Architectures.Count - 1; i >= 0; i--)
        {
            ArchitectureRules rules = profile.Architectures[i];
            uint audit = rules.Architecture.Audit;
            if (profile.Architectures.FindIndex(other => other.Architecture.Audit == audit) < i)
                continue;
            Label numbers = audit == AUDIT_ARCH_X86_64 ? SplitX32(code, profile) : Search(code, profile, rules);
            next = code.Branch(BPF_JEQ, audit, code.Load(NumberOffset, numbers), next);
        }
        return code.ToProgram(code.Load(ArchitectureOffset, next));
    }

    /// <summary>x32 numbers have a bit of their own. Where it is not listed they are foreign, but for −1, a call that a tracer took back.</summary>
    private static Label SplitX32(Assembler code, Profile profile)
    {
        ArchitectureRules? plain = profile.Architectures.Find(static rules => ReferenceEquals(rules.Architecture, Architecture.X86_64));
        ArchitectureRules? x32 = profile.Architectures.Find(static rules => ReferenceEquals(rules.Architecture, Architecture.X32));
        Label numbers = plain != null ? Search(code, profile, plain) : code.Return(SECCOMP_RET_KILL_THREAD);
        Label above = x32 != null
            ? Search(code, profile, x32)
            : code.Branch(BPF_JEQ, uint.MaxValue, code.Return(profile.Default), code.Return(SECCOMP_RET_KILL_THREAD));
        return code.Branch(BPF_JGE, X32_SYSCALL_BIT, above, numbers);
    }

    private static Label Search(Assembler code, Profile profile, ArchitectureRules rules)
    {
        List<Range> ranges = Range.Of(rules, profile.Default);
        ConditionCode conditions = new(code, rules.Architecture);
        return Search(0, ranges.Count);

        Label Search(int from, int to)
        {
            Range first = ranges[from];
            if (to - from == 1)
                return first.Rules is { Always: null } rule ? conditions.Of(rule, profile.Default) : code.Return(first.Action);
            // One number between two ranges of the same decision is one comparison.
            if (to - from == 3 && ranges[from + 1].First + 1 == ranges[from + 2].First && first.SameAs(ranges[from + 2]))
            {
                Label around = Search(from + 2, to);
                return code.Branch(BPF_JEQ, ranges[from + 1].First, Search(from + 1, from + 2), around);
            }
            int middle = (from + to) / 2;
            Label right = Search(middle, to);
            return code.Branch(BPF_JGE, ranges[middle].First, right, Search(from, middle));
        }
    }
}
