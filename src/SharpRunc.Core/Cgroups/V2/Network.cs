using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V2;

/// <summary>config-linux.md#network: v2 has neither net_cls nor net_prio (BPF replaces them).</summary>
internal static class Network
{
    public static void Refuse(NetworkResources network)
    {
        if (network.ClassId is not (null or 0))
            throw CgroupPlan.CannotExpress("network/classID", "has no counterpart in cgroup v2");
        if (network.Priorities.Length > 0)
            throw CgroupPlan.CannotExpress("network/priorities", "has no counterpart in cgroup v2");
    }
}
