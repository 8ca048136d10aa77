using System.Collections.Generic;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Cgroups;

/// <summary>config-linux.md#rdma; the file is the same on v1 and v2.</summary>
internal static class Rdma
{
    public static void Plan(CgroupPlan plan, KeyValuePair<string, RdmaLimit>[] limits)
    {
        foreach ((string device, RdmaLimit limit) in limits)
        {
            string property = "rdma/" + JsonPointer.Escape(device);
            if (limit.HcaHandles is null && limit.HcaObjects is null)
                throw CgroupPlan.CannotExpress(property, "sets neither hcaHandles nor hcaObjects");
            string value = device;
            if (limit.HcaHandles is { } handles)
                value += $" hca_handle={handles}";
            if (limit.HcaObjects is { } objects)
                value += $" hca_object={objects}";
            plan.Add("rdma", "rdma.max", value, property);
        }
    }
}
