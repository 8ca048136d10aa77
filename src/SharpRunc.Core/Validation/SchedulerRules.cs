using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

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
