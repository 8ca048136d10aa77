using System.Text;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>
/// The device set in the form that devices.deny and devices.allow take: "a" drops what the cgroup inherited from its parent, then the
/// exceptions follow. The present list is not read first: that would cost as much as the "a" that makes it unnecessary.
/// </summary>
internal static class Devices
{
    public static void Plan(CgroupPlan plan, DeviceSet wanted)
    {
        const WriteFlags Flags = WriteFlags.InitialUserNamespace;
        plan.Add("devices", wanted.AllowsByDefault ? "devices.allow" : "devices.deny", "a", "devices", Flags);
        if (wanted.Exemptions.Count == 0)
            return;
        StringBuilder lines = new();
        foreach (DeviceExemption exception in wanted.Exemptions)
            lines.Append(exception.ToString()).Append('\n');
        string file = wanted.AllowsByDefault ? "devices.deny" : "devices.allow";
        plan.Add("devices", file, lines.ToString(), "devices", Flags | WriteFlags.Lines);
    }
}
