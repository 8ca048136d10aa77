using System.Text;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>
/// The device set as devices.deny and devices.allow take it: "a" forgets what the new cgroup inherited from its parent, then the
/// exceptions. Nothing is read first: a list to read costs as much as the "a" that makes reading pointless.
/// </summary>
internal static class Devices
{
    internal static void Plan(CgroupPlan plan, DeviceSet wanted)
    {
        const WriteFlags Flags = WriteFlags.InitialUserNamespace;
        plan.Add("devices", wanted.AllowsByDefault ? "devices.allow" : "devices.deny", "a", "devices", Flags);
        if (wanted.Exceptions.Count == 0)
            return;
        StringBuilder lines = new();
        foreach (DeviceException exception in wanted.Exceptions)
            lines.Append(exception.ToString()).Append('\n');
        plan.Add("devices", wanted.AllowsByDefault ? "devices.deny" : "devices.allow", lines.ToString(), "devices", Flags | WriteFlags.Lines);
    }
}
