using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.InteropServices;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;
using Architecture = SharpRunc.Core.Seccomp.Architecture;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Reports what a profile decides for a call, and why; it always agrees with the compiled program.</summary>
internal sealed class ProfileEvaluator
{
    private readonly Dictionary<Architecture, SyscallNames> names = [];

    public ProfileDocument Document { get; }

    public SeccompProgram Program { get; }

    public Profile Profile { get; }

    /// <exception cref="ContainerException">
    /// The profile is empty or cannot be compiled; includes the file's name and the place in it.
    /// </exception>
    public ProfileEvaluator(ProfileDocument document, Architecture native)
    {
        Document = document;
        try
        {
            Program = SeccompCompiler.Compile(document.Seccomp, native)
                ?? throw new ContainerException(ErrorCode.SeccompProfile, "the profile is empty: no filter is loaded");
            Profile = new Profile(document.Seccomp, native);
        }
        catch (ContainerException e)
        {
            throw document.Located(e);
        }
    }

    public ArchitectureRules? Rules(Architecture architecture)
        => Profile.Architectures.Find(rules => ReferenceEquals(rules.Architecture, architecture));

    public SyscallNames Names(Architecture architecture)
    {
        if (!names.TryGetValue(architecture, out SyscallNames? known))
        {
            known = new(architecture);
            names[architecture] = known;
        }
        return known;
    }

    /// <summary>The cases in the order in which they are tried; the last has no conditions.</summary>
    /// <param name="number">As the kernel shows it to a filter: with the architecture's base.</param>
    public Case[] CasesFor(Architecture architecture, uint number)
    {
        if (architecture.Audit == AUDIT_ARCH_X86_64)
            architecture = number >= X32_SYSCALL_BIT ? Architecture.X32 : Architecture.X86_64;
        if (Rules(architecture) is not { } rules)
            return [UnlistedCase(architecture, number)];
        Case otherwise = new([], Profile.Default, Reason.Default);
        if (number < architecture.NumberBase)
            return [otherwise];
        uint above = number - architecture.NumberBase;
        NumberedRules row = above < SyscallTable.ArmPrivateBase ? rules.Common : rules.Private;
        bool isNamed = above < (uint)row.First + (uint)row.Count;
        SyscallRules? own = isNamed ? row[(int)above - row.First] : null;
        if (own is null)
            return [NewerCase(rules, isNamed && !(number == 0 && architecture.HidesNewNumbers)) ?? otherwise];
        if (own.Always is { } always)
            return [new([], always, RuleReason(own.AlwaysRule))];
        List<Case> cases = [];
        foreach (Chain chain in own.Chains)
            cases.Add(new(chain.Conditions, chain.Action, RuleReason(chain.Rule)));
        return [.. cases, otherwise];
    }

    /// <summary>The program's decision.</summary>
    /// <param name="arguments">Six.</param>
    public uint Decide(Architecture architecture, uint number, ulong[] arguments)
    {
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], architecture.Audit);
        // A program for the other byte order expects the high word first.
        for (int i = 0; i < arguments.Length; i++)
        {
            ulong argument = architecture.IsBigEndian ? BitOperations.RotateLeft(arguments[i], 32) : arguments[i];
            BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + i * 8)..], argument);
        }
        return Simulator.Run(MemoryMarshal.Cast<byte, Instruction>(Program.Instructions), data, out _);
    }

    private Reason RuleReason(int rule) => new(ReasonKind.Rule, $"syscalls[{Document.RuleIndex(rule)}]", rule);

    /// <summary>See <see cref="Ranges"/>; null if the default applies.</summary>
    private Case? NewerCase(ArchitectureRules rules, bool isNamed)
    {
        bool passes = Wording.Passes(Profile.Default) || (Profile.Default & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE;
        if (isNamed || passes || rules.Common.Count == 0)
            return null;
        uint highest = rules.Architecture.NumberBase + (uint)rules.Common.Count - 1;
        string why = $"newer than the profile (highest is {Names(rules.Architecture).Label(highest)})";
        return new([], SECCOMP_RET_ERRNO | ENOSYS, new(ReasonKind.Newer, why));
    }

    private Case UnlistedCase(Architecture architecture, uint number)
    {
        bool isX32 = ReferenceEquals(architecture, Architecture.X32), listsItsAudit = isX32 && Rules(Architecture.X86_64) is not null;
        if (listsItsAudit && number == uint.MaxValue)
            return new([], Profile.Default, new(ReasonKind.Withdrawn, "the default, for a call that its tracer cancelled"));
        string why = listsItsAudit ? "a number of x32, which is not listed" : "architecture not listed: killed";
        return new([], SECCOMP_RET_KILL_THREAD, new(ReasonKind.Unlisted, why));
    }
}

/// <summary>One possible decision for a call: it applies if the conditions hold, and no earlier case applied.</summary>
/// <param name="Conditions">Empty: always.</param>
/// <param name="Action">SECCOMP_RET_…, including its data.</param>
internal sealed record Case(Condition[] Conditions, uint Action, Reason Reason)
{
    public bool IsCertain => Conditions.Length == 0;
}

internal enum ReasonKind { Rule, Default, Newer, Unlisted, Withdrawn }

/// <summary>Why something is decided.</summary>
/// <param name="Rule">Index in linux.seccomp.syscalls as compiled; −1 if no rule decides.</param>
internal readonly record struct Reason(ReasonKind Kind, string Text, int Rule = -1)
{
    public static readonly Reason Default = new(ReasonKind.Default, "the default");
}
