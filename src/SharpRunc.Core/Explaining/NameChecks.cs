using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Explaining;

/// <summary>
/// Names of system calls that are unknown, or unknown to the listed architectures; and architectures that this machine does not have.
/// </summary>
internal static class NameChecks
{
    /// <summary>The architectures that one machine can have.</summary>
    private static readonly string[][] Machines =
    [
        ["X86_64", "X86", "X32"], ["AARCH64", "ARM"], ["MIPS64", "MIPS", "MIPS64N32"], ["MIPSEL64", "MIPSEL", "MIPSEL64N32"],
        ["PPC64", "PPC"], ["S390X", "S390"], ["PARISC64", "PARISC"],
    ];

    public static void Add(Findings findings, Architecture native)
    {
        Spec.Seccomp seccomp = findings.Document.Seccomp;
        List<Architecture> listed = Listed(seccomp, native);
        for (int i = 0; i < seccomp.Architectures.Length; i++)
        {
            string name = seccomp.Architectures[i];
            if (!SameMachine(ArchitectureName.Require(name), native))
                findings.Add(Severity.Note, $"/architectures/{i}",
                    $"{name}: no process on {ArchitectureName.Short(native)} can make its calls");
        }
        for (int i = 0; i < seccomp.Syscalls.Length; i++)
            Add(findings, seccomp.Syscalls[i], i, listed);
    }

    /// <summary>The native one comes first.</summary>
    public static List<Architecture> Listed(Spec.Seccomp seccomp, Architecture native)
    {
        List<Architecture> listed = [native];
        foreach (string name in seccomp.Architectures)
            if (Architecture.Find(name) is { } architecture && !listed.Contains(architecture))
                listed.Add(architecture);
        return listed;
    }

    /// <summary>Whether it has the call, either directly or behind a multiplexing call.</summary>
    public static bool Has(Architecture architecture, int syscall, string name)
        => architecture.Number(syscall) >= 0 || architecture.Multiplexes && Multiplexed.Find(name) is not null;

    private static void Add(Findings findings, SeccompRule rule, int index, List<Architecture> listed)
    {
        HashSet<string> seen = [];
        List<string> elsewhere = [], twice = [];
        for (int i = 0; i < rule.Names.Length; i++)
        {
            string name = rule.Names[i];
            int syscall = SyscallTable.Find(name);
            if (!seen.Add(name))
                twice.Add(name);
            else if (syscall < 0)
                findings.Add(Severity.Warning, $"/syscalls/{index}/names/{i}",
                    $"unknown system call \"{name}\"{SyscallNames.Suggestion(name)}");
            else if (!listed.Exists(architecture => Has(architecture, syscall, name)))
                elsewhere.Add(name);
        }
        if (elsewhere.Count > 0)
            findings.Add(Severity.Note, $"/syscalls/{index}/names",
                $"not available on any listed architecture: {string.Join(", ", elsewhere)}");
        if (twice.Count > 0)
            findings.Add(Severity.Note, $"/syscalls/{index}/names", $"named more than once: {string.Join(", ", twice)}");
    }

    private static bool SameMachine(Architecture one, Architecture other)
        => one == other || Array.Exists(Machines, machine => Is(machine, one) && Is(machine, other));

    private static bool Is(string[] machine, Architecture architecture)
        => Array.IndexOf(machine, ArchitectureName.Short(architecture).ToUpperInvariant()) >= 0;
}
