using System.Collections.Generic;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Decisions and conditions in a readable form: <c>ERRNO(1 EPERM)</c>, <c>arg0 &amp; 0x7e020000 == 0</c>.</summary>
internal static class Wording
{
    /// <summary>Larger numbers are usually addresses, flags and masks.</summary>
    private const ulong LargestDecimal = 1023;

    /// <summary>Null for a value that no profile yields.</summary>
    /// <param name="decision">SECCOMP_RET_…, including its data.</param>
    public static string? ActionName(uint decision) => (decision & SECCOMP_RET_ACTION_FULL) switch
    {
        SECCOMP_RET_KILL_PROCESS => "KILL_PROCESS",
        SECCOMP_RET_KILL_THREAD => "KILL_THREAD",
        SECCOMP_RET_TRAP => "TRAP",
        SECCOMP_RET_ERRNO => "ERRNO",
        SECCOMP_RET_USER_NOTIF => "NOTIFY",
        SECCOMP_RET_TRACE => "TRACE",
        SECCOMP_RET_LOG => "LOG",
        SECCOMP_RET_ALLOW => "ALLOW",
        _ => null,
    };

    public static string Action(uint decision)
    {
        uint data = decision & SECCOMP_RET_DATA;
        return (ActionName(decision), decision & SECCOMP_RET_ACTION_FULL) switch
        {
            (null, _) => Hex(decision),
            ({ } name, SECCOMP_RET_ERRNO) => ErrnoName.Find(data) is { } errno ? $"{name}({data} {errno})" : $"{name}({data})",
            ({ } name, SECCOMP_RET_TRACE) => $"{name}({data})",
            ({ } name, _) => name,
        };
    }

    /// <summary>Whether the call proceeds as if there were no filter.</summary>
    public static bool Passes(uint decision) => (decision & SECCOMP_RET_ACTION_FULL) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG;

    public static string Describe(Condition condition)
    {
        string argument = $"arg{condition.Argument}", value = Value(condition.Value);
        return condition.Op switch
        {
            Comparison.Equal => $"{argument} == {value}",
            Comparison.NotEqual => $"{argument} != {value}",
            Comparison.MaskedEqual => $"{argument} & {Hex(condition.Mask)} == {value}",
            Comparison.Less => $"{argument} < {value}",
            Comparison.LessOrEqual => $"{argument} <= {value}",
            Comparison.Greater => $"{argument} > {value}",
            _ => $"{argument} >= {value}",
        };
    }

    public static string Describe(IReadOnlyList<Condition> conditions)
    {
        List<string> texts = [];
        foreach (Condition condition in conditions)
            texts.Add(Describe(condition));
        return string.Join(" and ", texts);
    }

    public static string Value(ulong value) => value <= LargestDecimal ? value.ToString() : Hex(value);

    public static string Hex(ulong value) => "0x" + value.ToString("x");
}
