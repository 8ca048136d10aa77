using System.Text;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

/// <summary>config-linux.md#network; v2 has neither net_cls nor net_prio (BPF replaces them).</summary>
internal static class Network
{
    public static void PlanV1(CgroupPlan plan, NetworkResources network)
    {
        if (network.ClassId is { } classId and not 0)
            plan.Add("net_cls", "net_cls.classid", classId, "network/classID");
        if (network.Priorities.Length == 0)
            return;
        StringBuilder lines = new();
        foreach (InterfacePriority priority in network.Priorities)
            lines.Append(priority.Name).Append(' ').Append(priority.Priority).Append('\n');
        plan.Add("net_prio", "net_prio.ifpriomap", lines.ToString(), "network/priorities", WriteFlags.Lines);
    }

    public static void RefuseOnV2(NetworkResources network)
    {
        if (network.ClassId is not (null or 0))
            throw CgroupPlan.CannotExpress("network/classID", "has no counterpart in cgroup v2");
        if (network.Priorities.Length > 0)
            throw CgroupPlan.CannotExpress("network/priorities", "has no counterpart in cgroup v2");
    }
}
