using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

// Its cgroup, and what an ordinary user may have to go without.
internal sealed partial class NewContainer
{
    private readonly CgroupLayout layout;
    private readonly CgroupPlan limits;
    private string[] places = [];

    // If systemd makes it.
    private UnitName? where;
    private Unit? unit;
    private List<UnitProperty> properties = [];
    private bool unitAsked;

    /// <summary>null before <see cref="MakeCgroup"/>.</summary>
    public Cgroup? Cgroup { get; private set; }

    /// <summary>
    /// Whether the process exists before its cgroup and joins it. On v1 this lets making nine directories overlap with its work. systemd
    /// makes no scope without a process.
    /// </summary>
    public bool IsJoinedLate => layout.Kind == CgroupKind.V1 || NeedsProcess;

    /// <summary>Where below the cgroup the container's processes are.</summary>
    private LeafCgroup Leaf { get; set; }

    private string? CgroupsPath => Bundle.Config.Linux.CgroupsPath;

    /// <summary>
    /// Whether the container may run without a cgroup. If the config names one, it is required, unless cgroups are disabled.
    /// </summary>
    private bool MayLackCgroup => MayLack(context, CgroupsPath);

    /// <param name="cgroupsPath">linux.cgroupsPath.</param>
    public static bool MayLack(RuntimeContext context, string? cgroupsPath)
        => context.NoCgroup || string.IsNullOrEmpty(cgroupsPath) && context.CgroupsAreOptional;

    /// <summary>Before anything is made: there is a hierarchy, or none is needed.</summary>
    public static void RequireHierarchy(RuntimeContext context, Config config, CgroupLayout layout)
    {
        if (layout.Hierarchies.Length == 0 && !MayLack(context, config.Linux.CgroupsPath))
            throw new ContainerException(ErrorCode.CgroupNotMounted, "no cgroup hierarchy is mounted")
            {
                Hint = "mount cgroup2 on /sys/fs/cgroup",
            };
    }

    /// <summary>What the annotations ask for and v1 cannot give.</summary>
    public static string[] WarningsOf(RuntimeContext context, Config config, CgroupLayout layout)
        => layout.Kind == CgroupKind.V2 ? [] : Array.ConvertAll(EngineAnnotations.CgroupsBelow(config, context.SystemdCgroup), static what
            => $"{what}: needs cgroup v2, so no cgroup is created below the container's: its process stays in the container's own");

    private void ReserveCgroup()
    {
        Progress.Enter(Stage.Cgroup);
        RequireHierarchy(context, Bundle.Config, layout);
        foreach (string warning in WarningsOf(context, Bundle.Config, layout))
            context.Warn(warning);
        if (context.SystemdCgroup)
            ReserveUnit();
        else
            places = CgroupPath.InEach(layout, CgroupsPath, State.Id);
        State.CgroupPaths = Cgroup.Reserve(layout, places);
        State.CgroupNames = new string[places.Length];
        for (int i = 0; i < places.Length; i++)
            State.CgroupNames[i] = layout.Hierarchies[i].NameOf(places[i]);
    }

    /// <summary>Makes the cgroup. What delete needs is recorded in the state first.</summary>
    /// <param name="pid">The process to put into it; 0: none yet.</param>
    public void MakeCgroup(int pid)
    {
        Directory.WriteState(State);
        Steps.Log($"cgroup layout {layout.Kind}, driver {(unit is null ? "cgroupfs" : "systemd, unit " + State.Unit)}");
        foreach ((string controllers, string path) in State.CgroupPaths)
            Steps.Log($"cgroup {path}{(controllers.Length > 0 ? " of " + controllers : "")}");
        if (unit is not null)
            StartUnit(pid);
        else
            try
            {
                Cgroup = Cgroup.Make(layout, places);
            }
            catch (ContainerException e) when (Cgroup.IsLackOfPermission(e.Errno) && MayLackCgroup)
            {
                Cgroup = Cgroup.Make(layout, places, mayLack: true);
                RecordPaths(Cgroup);
            }
        Leaf = LeafCgroup.From(Bundle.Config, unit is not null, Cgroup!.IsV2);
        if (!Leaf.IsNone)
            Leaf.Make(Cgroup);
        else if (layout.Kind == CgroupKind.V2)
            Delegate();
        if (!State.PrivatePidNamespace && State.CgroupPaths.Length == 0)
            context.Warn("the container has neither a cgroup nor a PID namespace of its own: kill and delete reach only its first process");
    }

    /// <summary>Files to which the init writes "0", before and after it makes its cgroup namespace.</summary>
    public (Fd[] Before, Fd[] After) OpenPlaces()
    {
        Fd[] tasks = OpenTasks();
        (Fd? before, Fd? after) = Leaf.OpenProcs(Cgroup!);
        Fd[] first = before is null ? tasks : [.. tasks, before], last = after is null ? [] : [after];
        return (first, last);
    }

    /// <summary>The init is in its cgroup: the ones above it can enable controllers, and it can be given to the container's user.</summary>
    public void FinishLeaf()
    {
        if (Leaf.IsNone || !Cgroup!.HasUnified)
            return;
        Leaf.EnableControllers(Cgroup);
        Delegate();
        if (Leaf.Delegated.Length > 0)
            DelegateToOwner(Leaf.Path);
    }

    public void ApplyLimits() => Cgroup!.Limits.Apply(limits);

    /// <summary>Must be called before the container's program runs.</summary>
    public OomReport WatchMemory() => new(context, Cgroup!, mayGo: unit is not null);

    /// <summary>Continues without the unified cgroup after the init could not be cloned into it (EACCES), if that is allowed.</summary>
    /// <exception cref="ContainerException">It is not allowed.</exception>
    public void LeaveUnified(SysException refusal)
    {
        // Next to v1 hierarchies the unified one has no limits.
        if (!MayLackCgroup && !(layout.Kind == CgroupKind.Hybrid && context.CgroupsAreOptional))
            throw ContainerException.From(ErrorCode.CgroupJoin, refusal, "cannot enter the container's cgroup", "/linux/cgroupsPath",
                "cgroups(7), delegation: requires write permission to cgroup.procs of a common ancestor of the caller's cgroup and it");
        Cgroup!.LeaveUnified();
        RecordPaths(Cgroup);
    }

    private void RecordPaths(Cgroup made) => (State.CgroupPaths, State.CgroupNames) = (made.Paths, made.Names);

    public CgroupView View() => View(layout, State);

    /// <summary>The paths are in the order of the hierarchies.</summary>
    public static CgroupView View(CgroupLayout layout, ContainerState state)
    {
        CgroupPlace[] places = new CgroupPlace[layout.Hierarchies.Length];
        UnifiedPlace? unified = null;
        for (int i = 0; i < places.Length; i++)
        {
            Hierarchy hierarchy = layout.Hierarchies[i];
            string name = hierarchy.MountPoint[(hierarchy.MountPoint.LastIndexOf('/') + 1)..];
            string[] controllers = hierarchy.Controllers.Length > 1 ? hierarchy.Controllers : [];
            places[i] = new(name, controllers, state.CgroupPaths[i].Value, hierarchy.OwnDirectory);
            if (hierarchy.IsUnified)
                unified = new(hierarchy.MountPoint, places[i]);
        }
        return new(unified, layout.Kind == CgroupKind.V2, places);
    }

    /// <summary>
    /// config-linux.md#cgroup-ownership: with a cgroup namespace and a writable cgroup mount, the container's user owns the cgroup.
    /// </summary>
    private void Delegate()
    {
        Config config = Bundle.Config;
        if (!Array.Exists(config.Linux.Namespaces, static n => n is { Type: NamespaceType.Cgroup, Path: null })
            || !Array.Exists(config.Mounts, static m => m.Type is "cgroup" or "cgroup2" && Array.IndexOf(m.Options, "ro") < 0))
            return;
        DelegateToOwner(Leaf.Subgroup);
    }

    private void DelegateToOwner(string below)
    {
        uint owner = Owner;
        if (owner != 0)
            Delegation.Delegate(Cgroup!, owner, below);
    }

    /// <summary>
    /// The uid that becomes the cgroup's owner; 0: the owner is not changed. An ordinary user's runtime cannot change it.
    /// </summary>
    private uint Owner
    {
        get
        {
            if (context.Euid != 0)
                return 0;
            uint user = Bundle.Config.Process?.User.Uid ?? 0;
            return Namespaces.HasUser ? IdMapping.ToHost(Bundle.Config.Linux.UidMappings, user) ?? 0 : user;
        }
    }

    /// <summary>The cgroup cannot be made before there is a process to put into it.</summary>
    public bool NeedsProcess => unit is not null;

    /// <summary>Whether the user's systemd manager makes the cgroup: it does unless the caller is the root user of the machine.</summary>
    private static bool UsesUserManager(RuntimeContext context) => context.Rootless == Rootless.True
        || context.Rootless == Rootless.Auto && (context.Euid != 0 || UserNamespace.IsNested() && !SystemdBus.IsOwnedByUs());

    /// <summary>The unit and its properties, if the config can be expressed by them.</summary>
    public static (UnitName Where, bool IsUser, List<UnitProperty> Properties) PlanUnit(
        RuntimeContext context, Config config, CgroupLayout layout, string id)
    {
        bool isUser = UsesUserManager(context);
        if (isUser && layout.Kind != CgroupKind.V2)
            throw new ContainerException(ErrorCode.SystemdNeedsV2, "the systemd cgroup driver without root needs cgroup v2")
            {
                Hint = "cgroup v1 cannot be delegated to users: omit --systemd-cgroup",
            };
        Resources resources = config.Linux.Resources ?? new();
        DeviceSet? devices = layout.Has("devices") ? DeviceSet.From(resources.Devices, config.Linux.Devices) : null;
        UnitName where = UnitName.Parse(config.Linux.CgroupsPath, id, isUser);
        return (where, isUser, UnitStart.Plan(where, id, resources, layout, devices, config.Annotations));
    }

    private void ReserveUnit()
    {
        (where, bool isUser, properties) = PlanUnit(context, Bundle.Config, layout, State.Id);
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
