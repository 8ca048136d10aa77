using System;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What of process only a privileged caller is granted: limits, priorities, capabilities.</summary>
internal sealed class PrivilegeCheck(HostFindings found)
{
    private const string Files = "RLIMIT_NOFILE", RealTime = "RLIMIT_RTPRIO", Nice = "RLIMIT_NICE";

    public void Run(Process process)
    {
        CheckLimits(process.Rlimits);
        CheckOomScore(process.OomScoreAdj);
        CheckScheduler(process.Scheduler);
        if (process.IoPriority is { Class: "IOPRIO_CLASS_RT" } && !Has("CAP_SYS_NICE") && !Has("CAP_SYS_ADMIN"))
            found.Error(ErrorCode.ProcessScheduling, "/process/ioPriority/class", "IOPRIO_CLASS_RT needs CAP_SYS_NICE of the host", EPERM);
        ulong available = found.HasUser ? CapabilityPlan.All : Sys.PermittedCapabilities();
        foreach (string warning in CapabilityPlan.From(process.Capabilities, available).Warnings)
            found.Warn(warning);
    }

    /// <summary>The kernel asks for these in its first user namespace.</summary>
    private static bool Has(string capability) => Capability.IsPermitted(capability) && !UserNamespace.IsNested();

    /// <summary>setrlimit(2): only CAP_SYS_RESOURCE may raise a hard limit, and nobody may exceed fs.nr_open.</summary>
    private void CheckLimits(Rlimit[] limits)
    {
        bool mayRaise = Has("CAP_SYS_RESOURCE");
        bool isBounded = ulong.TryParse(HostFindings.Read("/proc/sys/fs/nr_open")?.Trim(), out ulong most);
        for (int i = 0; i < limits.Length; i++)
        {
            string pointer = $"/process/rlimits/{i}/hard";
            ulong hard = HardLimit(limits[i].Type);
            if (!mayRaise && limits[i].Hard > hard)
                found.Error(ErrorCode.ProcessLimit, pointer, $"the hard limit {limits[i].Hard} is above the runtime's own, {hard}", EPERM,
                    "raising a hard limit needs CAP_SYS_RESOURCE: ask for less");
            else if (limits[i].Type == Files && isBounded && limits[i].Hard > most)
                found.Error(
                    ErrorCode.ProcessLimit, pointer, $"the hard limit {limits[i].Hard} is above fs.nr_open, {most}", EPERM, "ask for less");
        }
    }

    private static ulong HardLimit(string type) => Sys.Prlimit(0, Array.IndexOf(KernelNames.Rlimits, type), type).rlim_max;

    private void CheckOomScore(int? score)
    {
        bool isKnown = int.TryParse(HostFindings.Read("/proc/self/oom_score_adj")?.Trim(), out int own);
        if (score < own && isKnown && !Has("CAP_SYS_RESOURCE"))
            found.Error(
                ErrorCode.ProcessOomScore, "/process/oomScoreAdj",
                $"cannot set the OOM score adjustment to {score}: the runtime's own is {own}", EACCES,
                "a value below the runtime's own needs CAP_SYS_RESOURCE");
    }

    /// <summary>sched(7), "Privileges and resource limits".</summary>
    private void CheckScheduler(Scheduler? scheduler)
    {
        if (scheduler is null || Has("CAP_SYS_NICE"))
            return;
        bool isRealTime = scheduler.Policy is "SCHED_FIFO" or "SCHED_RR";
        if (scheduler.Policy == "SCHED_DEADLINE" || isRealTime && (ulong)scheduler.Priority > HardLimit(RealTime))
            found.Error(
                ErrorCode.ProcessScheduling, "/process/scheduler/policy", $"{scheduler.Policy} needs CAP_SYS_NICE of the host", EPERM);
        // getrlimit(2): the lowest nice value is 20 - RLIMIT_NICE.
        if (!isRealTime && scheduler.Nice < 0 && (ulong)(20 - scheduler.Nice) > HardLimit(Nice))
            found.Error(
                ErrorCode.ProcessScheduling, "/process/scheduler/nice", $"nice {scheduler.Nice} needs CAP_SYS_NICE of the host", EPERM);
    }
}
