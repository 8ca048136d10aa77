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

/// <summary>config.md#linux-process, scheduler; sched_setattr(2) would answer most of these with a bare EINVAL.</summary>
internal static class SchedulerRules
{
    public static void Check(Scheduler scheduler, string pointer)
    {
        Rule.MustBeOneOf($"{pointer}/policy", scheduler.Policy, KernelNames.SchedulerPolicies);
        for (int i = 0; i < scheduler.Flags.Length; i++)
            Rule.MustBeOneOf($"{pointer}/flags/{i}", scheduler.Flags[i], KernelNames.SchedulerFlags);
        if (scheduler.Policy is "SCHED_OTHER" or "SCHED_BATCH") // other policies ignore nice, or the kernel clamps it
            Rule.MustBeWithin($"{pointer}/nice", scheduler.Nice, -20, 19);
        PriorityIsForRealTimePolicies(scheduler, pointer);
        TimesAreForDeadline(scheduler, pointer);
    }

    private static void PriorityIsForRealTimePolicies(Scheduler scheduler, string pointer)
    {
        bool realTime = scheduler.Policy is "SCHED_FIFO" or "SCHED_RR";
        if (!realTime && scheduler.Priority != 0)
            throw Rule.Broken($"{pointer}/priority", $"is only for SCHED_FIFO and SCHED_RR; the policy is {scheduler.Policy}");
        if (realTime)
            Rule.MustBeWithin($"{pointer}/priority", scheduler.Priority, 1, 99);
    }

    private static void TimesAreForDeadline(Scheduler scheduler, string pointer)
    {
        if (scheduler.Policy != "SCHED_DEADLINE" && (scheduler.Runtime | scheduler.Deadline | scheduler.Period) != 0)
            throw Rule.Broken($"{pointer}/{(scheduler.Runtime != 0 ? "runtime" : scheduler.Deadline != 0 ? "deadline" : "period")}",
                $"is only for SCHED_DEADLINE; the policy is {scheduler.Policy}");
        if (scheduler.Policy == "SCHED_DEADLINE")
            DeadlinesFollowEachOther(scheduler, pointer);
    }

    /// <summary>sched(7): runtime &lt;= deadline &lt;= period, where a period of 0 stands for the deadline.</summary>
    private static void DeadlinesFollowEachOther(Scheduler scheduler, string pointer)
    {
        if (scheduler.Runtime == 0)
            throw Rule.Broken($"{pointer}/runtime", "SCHED_DEADLINE needs a runtime above 0 ns");
        if (scheduler.Deadline < scheduler.Runtime)
            throw Rule.Broken($"{pointer}/deadline", $"expected at least the runtime, {scheduler.Runtime} ns; got {scheduler.Deadline}");
        if (scheduler.Period != 0 && scheduler.Period < scheduler.Deadline)
            throw Rule.Broken($"{pointer}/period", $"expected 0 or at least the deadline, {scheduler.Deadline} ns; got {scheduler.Period}");
    }
}
