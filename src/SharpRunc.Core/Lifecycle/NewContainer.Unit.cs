using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

// Its cgroup if systemd makes it.
internal sealed partial class NewContainer
{
    private UnitName? where;
    private Unit? unit;
    private List<UnitProperty> properties = [];
    private bool unitAsked;

    /// <summary>The cgroup cannot be made before there is a process to put into it.</summary>
    public bool NeedsProcess => unit is not null;

    /// <summary>Whether the user's systemd manager makes the cgroup: it does unless the caller is the root user of the machine.</summary>
    private bool UsesUserManager => context.Rootless == Rootless.True
        || context.Rootless == Rootless.Auto && (context.Euid != 0 || UserNamespace.IsNested() && !SystemdBus.IsOwnedByUs());

    private void ReserveUnit()
    {
        bool isUser = UsesUserManager;
        if (isUser && layout.Kind != CgroupKind.V2)
            throw new ContainerException("the systemd cgroup driver without root needs cgroup v2")
            {
                Hint = "cgroup v1 cannot be delegated to users: omit --systemd-cgroup",
            };
        Config config = Bundle.Config;
        Resources resources = config.Linux.Resources ?? new();
        DeviceSet? devices = layout.Has("devices") ? DeviceSet.From(resources.Devices, config.Linux.Devices) : null;
        where = UnitName.Parse(CgroupsPath, State.Id, isUser);
        properties = UnitStart.Plan(where, State.Id, resources, layout, devices, config.Annotations);
        unit = new Unit(where.Name, isUser);
        places = unit.FuturePaths(where, layout);
        State.Unit = where.Name;
        State.UnitIsOfUserManager = isUser;
    }

    /// <summary>systemd makes the cgroups of the hierarchies that it manages; the others get the same name.</summary>
    private void StartUnit(int pid)
    {
        using (unit) // do not keep a connection for as long as an attached container runs
        {
            try
            {
                unitAsked = true;
                unit!.Start(where!, pid, properties, Bundle.Config.Annotations);
            }
            catch (UnitExistsException)
            {
                unitAsked = false;
                throw;
            }
            Cgroup = Cgroup.Make(layout, places, isOccupied: !where!.IsSlice);
            // Only the cgroup shows which weights the kernel uses.
            if (Bundle.Config.Linux.Resources?.BlockIo is { Weight: not (null or 0) } blockIo && Cgroups.V2.BlockIo.HasBfq(Cgroup))
                unit.Set(new() { BlockIo = blockIo }, layout, Cgroup);
        }
    }

    /// <summary>Files to which the process writes "0". systemd moves no process into a slice.</summary>
    public Fd[] OpenTasks() => Cgroup!.Admission.OpenTasks(withUnified: where is { IsSlice: true });

    /// <summary>Stops the unit too, if systemd was asked to make one.</summary>
    private void RemoveCgroup()
    {
        if (unitAsked)
            unit!.Stop();
        Cgroup?.Remove();
    }
}
