using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>
/// config.md#process, from a config.json (pointer <c>/process</c>) or from exec's process.json (pointer ""). An unknown capability is no
/// error: Security/CapabilityPlan warns about it.
/// </summary>
internal static class ProcessRules
{
    public static void Check(Process process, string pointer, ValidationContext ctx)
    {
        CwdMustBeAnAbsolutePath(process, pointer);
        ArgsMustHaveAtLeastOneEntry(process, pointer);
        Rule.MustBeEnvironment($"{pointer}/env", process.Env);
        EachRlimitMustBeKnownOnceAndPossible(process, pointer);
        UmaskAndGroupsMustBePossible(process.User, pointer, ctx);
        if (process.OomScoreAdj is < -1000 or > 1000)
            throw Rule.Broken($"{pointer}/oomScoreAdj", $"expected an integer from -1000 to 1000; got {process.OomScoreAdj}");
        if (process is { Terminal: true, ConsoleSize: { } size } && Math.Max(size.Height, size.Width) > ushort.MaxValue)
            throw Rule.Broken($"{pointer}/consoleSize",
                $"a terminal has at most {ushort.MaxValue} lines and columns; got {size.Height} and {size.Width}");
        if (process.Scheduler is not null)
            SchedulerRules.Check(process.Scheduler, $"{pointer}/scheduler");
        if (process.IoPriority is IoPriority priority)
            IoPriorityMustBeKnown(priority, $"{pointer}/ioPriority");
        if (process.ExecCpuAffinity is not null)
            ExecCpuAffinityMustBeAList(process.ExecCpuAffinity, pointer);
    }

    /// <summary>"This value MUST be an absolute path"; the messages are those that callers expect.</summary>
    private static void CwdMustBeAnAbsolutePath(Process process, string pointer)
    {
        if (process.Cwd.Length == 0)
            throw Rule.Broken($"{pointer}/cwd", "Cwd property must not be empty");
        if (process.Cwd[0] != '/')
            throw Rule.Broken($"{pointer}/cwd", $"Cwd must be an absolute path; got \"{process.Cwd}\"");
    }

    /// <summary>"at least one entry is REQUIRED".</summary>
    private static void ArgsMustHaveAtLeastOneEntry(Process process, string pointer)
    {
        if (process.Args.Length == 0)
            throw Rule.Broken($"{pointer}/args", "args must not be empty");
    }

    /// <summary>
    /// "The runtime MUST generate an error for any values which cannot be mapped" and "if rlimits contains duplicated entries with same
    /// type".
    /// </summary>
    private static void EachRlimitMustBeKnownOnceAndPossible(Process process, string pointer)
    {
        for (int i = 0; i < process.Rlimits.Length; i++)
        {
            Rlimit limit = process.Rlimits[i];
            if (Array.IndexOf(KernelNames.Rlimits, limit.Type) < 0)
                throw Rule.NotOneOf($"{pointer}/rlimits/{i}/type", limit.Type, KernelNames.Rlimits);
            for (int other = 0; other < i; other++)
                if (process.Rlimits[other].Type == limit.Type)
                    throw Rule.Broken($"{pointer}/rlimits/{i}/type", $"{limit.Type} is listed twice");
            if (limit.Soft > limit.Hard)
                throw Rule.Broken($"{pointer}/rlimits/{i}/soft", $"the soft limit {limit.Soft} is above the hard limit {limit.Hard}");
        }
    }

    private static void UmaskAndGroupsMustBePossible(User user, string pointer, ValidationContext ctx)
    {
        if (user.Umask > 0x1FF)
            throw Rule.Broken($"{pointer}/user/umask", $"expected an integer from 0 to {0x1FF} (0777); got {user.Umask}");
        if (ctx.Unprivileged && user.AdditionalGids.Length > 0)
            throw Rule.Broken($"{pointer}/user/additionalGids", "cannot set any additional groups in a rootless container");
    }

    private static void IoPriorityMustBeKnown(IoPriority priority, string pointer)
    {
        Rule.MustBeOneOf($"{pointer}/class", priority.Class, KernelNames.IoPriorityClasses);
        Rule.MustBeWithin($"{pointer}/priority", priority.Priority, 0, 7);
    }

    private static void ExecCpuAffinityMustBeAList(ExecCpuAffinity affinity, string pointer)
    {
        Rule.MustBeNumbers($"{pointer}/execCPUAffinity/initial", affinity.Initial, KernelNames.MaxCpus);
        Rule.MustBeNumbers($"{pointer}/execCPUAffinity/final", affinity.Final, KernelNames.MaxCpus);
    }
}
