using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

/// <summary>The limit of config-linux.md#pids, and the counters; the files are the same on v1 and v2.</summary>
internal static class Pids
{
    /// <summary>
    /// 0 is a limit (since runtime-spec 1.3), distinct from unset, and is written as it is: a process that has joined stays, but cannot
    /// fork. A clone into such a v2 cgroup fails with EAGAIN, so the container's init must join before the limit is set.
    /// </summary>
    public static void Plan(CgroupPlan plan, PidsResources pids)
    {
        if (pids.Limit is { } limit)
            plan.Add("pids", "pids.max", CgroupPlan.OrMax(limit, "pids/limit"), "pids/limit");
    }

    public static void Read(CgroupDirectory directory, Statistics into)
    {
        into.Pids = directory.Number("pids.current");
        into.PidsLimit = directory.Number("pids.max", max: 0);
    }
}
