using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What a profile decides for one call.</summary>
/// <param name="Call">The requested name or number.</param>
internal sealed record Explanation(string Call, CallDecision[] Decisions)
{
    /// <param name="call">A name, or a number as the kernel shows it to a filter.</param>
    /// <param name="arguments">Six; null: unknown.</param>
    /// <exception cref="ContainerException">No architecture knows the name.</exception>
    public static Explanation Explain(
        ProfileEvaluator evaluator, string call, ulong?[] arguments, IReadOnlyList<Architecture> architectures)
    {
        List<CallDecision> decisions = [];
        if (Argument.Parse(call) is { } number)
        {
            foreach (Architecture architecture in architectures)
                if (IsOf((uint)number, architecture, architectures))
                    decisions.Add(ExplainOn(evaluator, architecture, (uint)number, "", arguments));
            return new(call, [.. decisions]);
        }
        int index = SyscallTable.Find(call);
        if (index < 0)
            throw new ContainerException(ErrorCode.UsageValue, $"unknown system call \"{call}\"{SyscallNames.Suggestion(call)}");
        foreach (Architecture architecture in architectures)
        {
            int before = decisions.Count;
            int direct = architecture.Number(index);
            if (direct >= 0)
                decisions.Add(ExplainOn(evaluator, architecture, architecture.NumberBase + (uint)direct, "", arguments));
            if (architecture.Multiplexes && Multiplexed.Find(call) is var (through, selector))
            {
                uint multiplexer = architecture.NumberBase + (uint)architecture.Number(SyscallTable.Find(through));
                ulong?[] selected = [selector, null, null, null, null, null];
                decisions.Add(ExplainOn(evaluator, architecture, multiplexer, $"{through}({selector})", selected));
            }
            if (decisions.Count == before)
                decisions.Add(new(architecture, null, null, "", []));
        }
        return new(call, [.. decisions]);
    }

    private static CallDecision ExplainOn(
        ProfileEvaluator evaluator, Architecture architecture, uint number, string through, ulong?[] arguments)
    {
        Case[] cases = ConditionEvaluator.Remaining(evaluator.CasesFor(architecture, number), arguments, architecture.Is64);
        if (cases.Length == 1)
        {
            uint decided = evaluator.Decide(architecture, number, Array.ConvertAll(arguments, static argument => argument ?? 0));
            if (decided != cases[0].Action)
                throw new InvalidOperationException($"the program decides {decided:x}, and not {cases[0].Action:x}");
        }
        return new(architecture, number, evaluator.Names(architecture).Find(number), through, cases);
    }

    /// <summary>x86_64 and x32 share their AUDIT_ARCH_…: a bit of the number tells them apart.</summary>
    private static bool IsOf(uint number, Architecture architecture, IReadOnlyList<Architecture> all)
    {
        if (architecture.Audit != AUDIT_ARCH_X86_64)
            return true;
        foreach (Architecture other in all)
            if (!ReferenceEquals(other, architecture) && other.Audit == architecture.Audit)
                return number >= X32_SYSCALL_BIT == (architecture.NumberBase != 0);
        return true;
    }
}

/// <summary>The decision for one way to make the call on one architecture.</summary>
/// <param name="Number">With the architecture's base; null if it has no such call.</param>
/// <param name="Name">The name of the number; null if it has none.</param>
/// <param name="Through">The call that multiplexes it, with its selector, such as <c>socketcall(1)</c>; or "".</param>
/// <param name="Cases">The cases that remain possible.</param>
internal sealed record CallDecision(Architecture Architecture, uint? Number, string? Name, string Through, Case[] Cases);
