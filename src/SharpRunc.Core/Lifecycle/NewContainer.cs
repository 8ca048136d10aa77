using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.Init;
using SharpRunc.Core.Network;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Security;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>
/// What create and restore make alike of a container: its locked directory, its state and its cgroup, but none of its processes. The caller
/// rolls it back on failure, and an attached command deletes it at the end.
/// </summary>
internal sealed partial class NewContainer : IDisposable
{
    private readonly RuntimeContext context;
    private NetDevices? devices;
    private string? rdtMade;

    private NewContainer(RuntimeContext context, Bundle bundle, NamespacePlan namespaces, bool noNewKeyring, ContainerDirectory directory)
    {
        this.context = context;
        Bundle = bundle;
        Namespaces = namespaces;
        Directory = directory;
        Lock = directory.Lock();
        layout = context.NoCgroup ? new() { Kind = CgroupKind.V2, Hierarchies = [] } : CgroupLayout.Detect();
        Spec.Resources? resources = bundle.Config.Linux.Resources;
        limits = CgroupPlan.From(context.SystemdCgroup ? CpuQuota.Rounded(resources) : resources, layout, bundle.Config.Linux.Devices);
        State = NewState(directory, bundle, namespaces, noNewKeyring);
        ReserveCgroup();
    }

    public Bundle Bundle { get; }

    public NamespacePlan Namespaces { get; }

    public ContainerDirectory Directory { get; }

    public ContainerState State { get; }

    /// <summary>The container's lock. It is released while hooks run, because they may call this runtime.</summary>
    public ContainerLock Lock { get; private set; }

    public void Dispose()
    {
        devices?.Dispose();
        unit?.Dispose();
        Cgroup?.Dispose();
        Lock.Dispose();
        Directory.Dispose();
    }

    /// <exception cref="ContainerException">The id is in use, or the cgroup cannot be used for the container; nothing is left
    /// behind.</exception>
    public static NewContainer Reserve(
        RuntimeContext context, ContainerId id, Bundle bundle, NamespacePlan namespaces, bool noNewKeyring = false)
    {
        ContainerDirectory directory = new ContainerStore(context).Create(id);
        try
        {
            return new(context, bundle, namespaces, noNewKeyring, directory);
        }
        catch
        {
            directory.Remove();
            throw;
        }
    }

    /// <summary>Records the init in the state, so that delete finds it.</summary>
    public void RecordInit(int pid)
    {
        State.InitPid = pid;
        if (ProcessStat.TryRead(pid, out ProcessStat stat))
            State.InitStartTime = stat.StartTime;
    }

    /// <summary>Records the owners of the container's namespaces: exec joins only namespaces of these owners.</summary>
    /// <param name="joined">By index of linux.namespaces; null for an entry without a path.</param>
    /// <param name="made">Its user namespace if that is new, else null.</param>
    public void RecordOwners(Fd?[] joined, NamespaceId? made)
    {
        Spec.Namespace[] listed = Bundle.Config.Linux.Namespaces;
        int user = Namespaces.JoinUser;
        using Fd? own = made is null && user < 0 ? Sys.OpenAt(Fd.Cwd, "/proc/self/ns/user", O_RDONLY) : null;
        State.UserNamespace = (made ?? NamespaceId.Of(own ?? joined[user]!, "user namespace")).ToString();
        State.ForeignOwners = NamespaceOwners.Foreign(listed, joined, State.UserNamespace);
    }

    /// <summary>Completes runtime.md#create.</summary>
    public void Finish()
    {
        State.Phase = Phase.Created;
        State.Created = Sys.RealtimeNanoseconds();
        Directory.WriteState(State);
    }

    /// <summary>For a container in the runtime's mount namespace. What delete needs is recorded before the mount exists.</summary>
    public void BindRoot()
    {
        if (Namespaces.HasMount || !Namespaces.MayMount)
            return;
        using Tree root = BoundRoot.Clone(Bundle.Rootfs, out State.RootMount);
        Directory.WriteState(State);
        BoundRoot.Attach(root, Bundle.Rootfs);
    }

    /// <summary>linux.netDevices. No program of the container has run yet.</summary>
    /// <param name="areRestored">A network namespace by path outlives the container, and the devices may already be in it.</param>
    public void MoveDevices(bool areRestored = false)
    {
        if (Bundle.Config.Linux.NetDevices.Length == 0)
            return;
        Fd network = Sys.OpenAt(Fd.Cwd, $"/proc/{State.InitPid}/ns/net", O_RDONLY);
        bool mayBeThere = areRestored && !Namespaces.NewNetwork;
        devices = NetDevices.Move(Bundle.Config.Linux, network, mayBeThere, message => context.Warn(message));
    }

    /// <summary>linux.intelRdt. What delete needs is recorded in the state before it is made.</summary>
    /// <param name="pid">The process whose later children are the container's.</param>
    public void JoinRdt(int pid)
    {
        if (Bundle.Config.Linux.IntelRdt is not { } rdt)
            return;
        RdtPlan plan = RdtPlan.From(rdt, State.Id);
        Resctrl resctrl = Resctrl.Find();
        resctrl.Require(plan);
        State.RdtPaths = resctrl.RemovedWithContainer(plan);
        Directory.WriteState(State);
        rdtMade = resctrl.Make(plan);
        resctrl.Join(plan, pid);
    }

    /// <summary>Runs the prestart and createRuntime hooks.</summary>
    public void RunHooks()
    {
        Directory.WriteState(State);
        Lock.Dispose();
        HookRunner.RunCreate(State, Bundle.Config);
        Lock = Directory.Lock();
    }

    /// <summary>runtime.md#delete at the end of an attached command: the init has ended and has been reaped.</summary>
    public void Delete()
    {
        Progress.Enter(Stage.Delete);
        Lock.Dispose();
        using (Directory.Lock())
        {
            // With a private PID namespace the kernel has ended all other processes with the init.
            if (!State.PrivatePidNamespace)
                Destroy.KillCgroup(Cgroup!);
            RemoveCgroup();
            Resctrl.Remove(State.RdtPaths);
            BoundRoot.Remove(State);
            Directory.Remove();
        }
        HookRunner.RunPoststop(context, State);
    }

    /// <summary>
    /// Rolls back after a failure: init, cgroup, directory, and then the poststop hooks if other hooks may have run. A failure of the
    /// rollback is a warning.
    /// </summary>
    /// <param name="command">The command's name, for the warning.</param>
    public void RollBack(string command, Action killInit, bool runPoststop)
    {
        Trace.RollBack();
        try
        {
            killInit();
            devices?.MoveBack(message => context.Warn(message));
            if (Cgroup is not null)
                Destroy.KillCgroup(Cgroup);
            RemoveCgroup();
            Resctrl.Remove(State.RdtPaths);
            if (rdtMade is not null)
                Resctrl.Remove([rdtMade]);
            BoundRoot.Remove(State);
            Directory.Remove();
            if (runPoststop)
                HookRunner.RunPoststop(context, State);
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            context.Warn($"cleaning up after a failed {command}: {e.Message}");
        }
    }

    private static ContainerState NewState(ContainerDirectory directory, Bundle bundle, NamespacePlan namespaces, bool noNewKeyring)
    {
        int self = Sys.GetPid();
        return new()
        {
            Id = directory.Id.Value,
            RuntimePid = self,
            RuntimeStartTime = ProcessStat.TryRead(self, out ProcessStat stat) ? stat.StartTime : 0,
            Bundle = bundle.Path,
            Rootfs = bundle.Rootfs,
            OciVersion = bundle.Config.OciVersion,
            Annotations = bundle.Config.Annotations,
            StartContainer = bundle.Config.Hooks.StartContainer,
            Poststart = bundle.Config.Hooks.Poststart,
            Poststop = bundle.Config.Hooks.Poststop,
            PrivatePidNamespace = namespaces.NewPid,
            NoNewKeyring = noNewKeyring,
            Keyring = noNewKeyring ? null : Keyring.NewName(directory.Id.Value),
            Program = bundle.Config.Process?.Args[0],
            Stdio = InheritedFds.StdioLinks(),
        };
    }
}
