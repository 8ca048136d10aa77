using System;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Explaining;

/// <summary>Everything that can be reported about a profile without running anything under it.</summary>
internal static class ProfileCheck
{
    public static Findings Run(ProfileDocument document, Architecture native, KernelSupport kernel)
    {
        Findings findings = new(document);
        if (document.IsEmpty)
        {
            findings.Add(Severity.Warning, "", "the profile is empty: no filter is loaded");
            return findings;
        }
        PropertyChecks.Add(findings);
        if (findings.HasErrors)
            return findings;
        NameChecks.Add(findings, native);
        ConditionChecks.Add(findings, native);
        kernel.Check(findings);
        try
        {
            SeccompCompiler.Compile(document.Seccomp, native);
        }
        catch (ContainerException e)
        {
            findings.Add(e);
            return findings;
        }
        ProfileEvaluator evaluator = new(document, native);
        RuleChecks.Add(findings, evaluator);
        if (native == Architecture.Native)
            NeedChecks.Add(findings, evaluator);
        return findings;
    }
}

/// <summary>Violations of config-linux.md#seccomp: all of them, not only the first that create would stop at.</summary>
internal static class PropertyChecks
{
    public static void Add(Findings findings)
    {
        Spec.Seccomp seccomp = findings.Document.Seccomp;
        Try(findings, () => Decision.FromDefault(seccomp));
        Try(findings, () => SeccompFlags.From(seccomp));
        for (int i = 0; i < seccomp.Architectures.Length; i++)
            if (Architecture.Find(seccomp.Architectures[i]) is null)
                findings.Add(Severity.Error, $"/architectures/{i}", $"unknown architecture \"{seccomp.Architectures[i]}\"");
        if (seccomp.ListenerMetadata is not null && seccomp.ListenerPath is null)
            findings.Add(Severity.Error, "/listenerMetadata", "must not be set without listenerPath");
        if (SeccompListener.IsWanted(seccomp) && string.IsNullOrEmpty(seccomp.ListenerPath))
            findings.Add(Severity.Error, "/listenerPath",
                $"is required with {SeccompListener.Action}: the Unix socket of the agent that decides");
        for (int i = 0; i < seccomp.Syscalls.Length; i++)
            Add(findings, seccomp.Syscalls[i], i);
    }

    private static void Add(Findings findings, SeccompRule rule, int index)
    {
        if (rule.Names.Length == 0)
            findings.Add(Severity.Error, $"/syscalls/{index}/names", "must contain at least one entry");
        Try(findings, () => Decision.FromRule(rule, index));
        for (int i = 0; i < rule.Args.Length; i++)
            Try(findings, () => Condition.From(rule.Args[i], index, i));
        if (rule.Action == SeccompListener.Action && Array.IndexOf(rule.Names, "write") >= 0)
            findings.Add(Severity.Error, $"/syscalls/{index}/action",
                $"{SeccompListener.Action} cannot be used for write: the runtime itself needs write to hand over the listener");
    }

    private static void Try<T>(Findings findings, Func<T> part)
    {
        try
        {
            part();
        }
        catch (ContainerException e)
        {
            findings.Add(e);
        }
    }
}
