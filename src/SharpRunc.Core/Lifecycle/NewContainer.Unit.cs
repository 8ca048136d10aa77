using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

// Its cgroup, where systemd makes it.
internal sealed partial class NewContainer
{
    private UnitName? where;
    private Unit? unit;
    private List<UnitProperty> properties = [];
    private bool unitAsked;

    /// <summary>The cgroup cannot be made before there is somebody to put into it.</summary>
    public bool NeedsProcess => unit is not null;

    /// <summary>Whose systemd makes the cgroup: the user's own where it is not the machine's root who asks.</summary>
    private bool UsesUserManager => context.Rootless == Rootless.True
        || context.Rootless == Rootless.Auto && (context.Euid != 0 || UserNamespace.IsNested() && !SystemdBus.IsOwnedByUs());

    private void ReserveUnit()
    {
        bool isUser = UsesUserManager;
        if (isUser && layout.Kind != CgroupKind.V2)
            throw new ContainerException("the systemd cgroup driver without root needs cgroup v2") { Hint = "cgroup v1 cannot be delegated to users: leave --systemd-cgroup out" };
        Config config = Bundle.Config;
        Resources resources = config.Linux.Resources ?? new();
        DeviceSet? devices = layout.Has("devices") ? DeviceSet.From(resources.Devices, config.Linux.Devices) : null;
        where = UnitName.Parse(CgroupsPath, State.Id, isUser);
        properties = UnitStart.Plan(where, State.Id, resources, layout, devices, config.Annotations);
        unit = new Unit(where.Name, isUser);
        places = unit.Places(where, layout);
        State.Unit = where.Name;
        State.UnitIsUsers = isUser;
    }

    /// <summary>systemd makes the cgroups that it knows of; the others have the same name.</summary>
    private void StartUnit(int pid)
    {
        using (unit) // not a connection for as long as an attached container lives
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
            // Only the cgroup shows whose weights count.
            if (Bundle.Config.Linux.Resources?.BlockIo is { Weight: not (null or 0) } blockIo && Cgroup.HasBfq)
                unit.Set(new() { BlockIo = blockIo }, layout, Cgroup);
        }
    }

    /// <summary>For the process to write "0" to. systemd moves nobody into a slice.</summary>
    public Fd[] OpenTasks() => Cgroup!.OpenTasks(withUnified: where is { IsSlice: true });

    /// <summary>With the unit that systemd made for it, which says what it has left behind.</summary>
    private void RemoveCgroup()
    {
        if (unitAsked)
            unit!.Stop();
        Cgroup?.Remove();
    }
}
