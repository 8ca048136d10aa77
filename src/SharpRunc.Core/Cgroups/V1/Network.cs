using System.Text;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>config-linux.md#network.</summary>
internal static class Network
{
    public static void Plan(CgroupPlan plan, NetworkResources network)
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
}
