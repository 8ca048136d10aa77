using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Init;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rootfs;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Security;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Core.Terminals;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// runtime.md#create: the container (<see cref="NewContainer"/>) and its init, from what is prepared (<see cref="Preparation"/>) until the
/// init waits for start; for `run`, until the container's end.
/// </summary>
internal sealed class Create : IDisposable
{
    private readonly RuntimeContext context;
    private readonly NewContainer container;
    private PipeRelay? pipes;

    /// <summary>
    /// A read-only clone of the container's directory, through which its FIFOs are opened. A container process that may trace the init can
    /// take its descriptors; through this clone it cannot change anything on the host.
    /// </summary>
    private Tree? fifos;

    private Create(RuntimeContext context, NewContainer container, TerminalMaster? terminal)
    {
        this.context = context;
        this.container = container;
        Terminal = terminal;
    }

    /// <summary>null if the runtime does not stay until the process ends.</summary>
    public Attached? Attached { get; private set; }

    public InitProcess? Init { get; private set; }

    /// <summary>null for a process without a terminal.</summary>
    public TerminalMaster? Terminal { get; }

    /// <summary>
    /// Relays between the caller's terminal and the process while the runtime stays. null: the process has the caller's streams, or none.
    /// </summary>
    public StreamRelay? Streams => Terminal?.Proxy ?? (StreamRelay?)pipes;

    /// <summary>Set by <see cref="Start"/> if the caller wants to know when the program is ready.</summary>
    public NotifyRelay? Relay { get; private set; }

    public void Dispose()
    {
        Relay?.Dispose();
        Init?.Dispose();
        Terminal?.Dispose();
        pipes?.Dispose();
        fifos?.Dispose();
        container.Dispose();
    }

    /// <summary>runtime.md#create. Returns when the init waits for start. A failure leaves nothing behind.</summary>
    /// <param name="detached">The runtime does not stay until the process ends.</param>
    public static Create Make(RuntimeContext context, string id, CreateOptions options, bool detached = true)
    {
        Preparation prepared = Preparation.Prepare(context, id, options, detached);
        Interruption.Enable();
        NewContainer container = NewContainer.Reserve(context, prepared.Id, prepared.Bundle, prepared.Namespaces, options.NoNewKeyring);
        Create creation = new(context, container, prepared.Terminal);
        try
        {
            if (prepared.Terminal is null)
                creation.pipes = PipeRelay.TryCreate(context, detached);
            creation.SetUp(creation.Plan(prepared), detached);
            using (prepared.PidfdSocket)
                prepared.PidfdSocket?.Send(creation.Init!.Process, PidfdSocket.Init);
            container.Finish();
            prepared.PidFile?.Write(container.State.InitPid);
            return creation;
        }
        catch (Exception e)
        {
            throw creation.RollBack(e);
        }
    }

    /// <summary>runtime.md#start, for `run`, which still holds the lock.</summary>
    public void Start()
    {
        try
        {
            Relay = NotifyRelay.Open(context, container.Directory, required: false);
            Lifecycle.Start.Release(context, container.Directory, container.State, container.Lock);
        }
        catch
        {
            // Nobody else knows of the container: one that cannot be started is not left in `created`.
            container.Lock.Dispose();
            Lifecycle.Start.RollBack(context, container.Directory);
            throw;
        }
    }

    /// <summary>For `run`: called before <see cref="Start"/>.</summary>
    public OomReport WatchMemory() => container.WatchMemory();

    /// <summary>runtime.md#delete, for `run`: the init has ended and has been reaped.</summary>
    public void Delete() => container.Delete();

    private InitPlan Plan(Preparation prepared)
    {
        Config config = prepared.Bundle.Config;
        Spec.Linux linux = config.Linux;
        bool notifies = NotifySocket.IsWanted(config, prepared.Namespaces);
        if (notifies)
            container.Directory.MakeNotify(NotifySocket.DirectoryMode);
        ProcFs? proc = NeedsProc(config, prepared.Namespaces) ? ProcFs.Open() : null;
        RootfsPlan rootfs = PlanRootfs(prepared, notifies ? [NotifySocket.MountOf(container.Directory)] : [], proc);
        fifos = context.Euid == 0 ? Tree.TryCloneReadOnly(container.Directory.Fd) : null;
        return new()
        {
            Id = prepared.Id.Value,
            Bundle = prepared.Bundle.Path,
            Annotations = config.Annotations,
            Process = notifies ? NotifySocket.WithVariable(config.Process!) : config.Process,
            Namespaces = prepared.Namespaces,
            NamespaceFds = prepared.NamespaceFds,
            UidMappings = linux.UidMappings,
            GidMappings = linux.GidMappings,
            TimeOffsets = linux.TimeOffsets,
            Hostname = config.Hostname is { Length: > 0 } hostname ? hostname : null,
            Domainname = config.Domainname is { Length: > 0 } domainname ? domainname : null,
            Rootfs = rootfs,
            Hooks = config.Hooks,
            StopsAfterMounts = config.Hooks is not { Prestart.Length: 0, CreateRuntime.Length: 0 } || linux.NetDevices.Length > 0,
            Capabilities = prepared.Capabilities,
            Common = CommonSettings.From(config),
            Seccomp = prepared.Filter,
            Listener = SeccompListener.From(config, prepared.Filter, prepared.Id.Value, prepared.Bundle.Path),
            Proc = proc,
            Sysctls = Array.ConvertAll(linux.Sysctl, static entry => (entry.Key, SysctlRules.PathOf(entry.Key), entry.Value)),
            ExecFifo = MakeFifo(ContainerDirectory.ExecFifo),
            ExecResult = MakeFifo(ContainerDirectory.ExecResult),
            FifoPlace = fifos is not null ? null
                : (container.Directory.Path, ContainerDirectory.ExecFifo, ContainerDirectory.ExecResult),
            Keyring = container.State.Keyring,
            PassedFds = prepared.Inherited.Passed,
            ListenFds = prepared.Inherited.Listen,
            IsPrivileged = context.Euid == 0,
        };
    }

    /// <param name="added">Mounts of ours, after the config's.</param>
    private RootfsPlan PlanRootfs(Preparation prepared, Mount[] added, ProcFs? proc)
    {
        Config config = prepared.Bundle.Config;
        MountLabel label = MountLabel.Of(config);
        // Only root can make device nodes; root of an ordinary user's user namespace cannot.
        bool canMake = prepared.Namespaces is { HasUser: true, HasMount: true } && context.Euid == 0;
        Tree? nodes = canMake ? DeviceNodes.TryMake(config.Linux, label) : null;
        foreach (string warning in DeviceWarnings.Collect(config, prepared.Namespaces, nodes))
            context.Warn(warning);
        return new()
        {
            Path = prepared.Bundle.Rootfs,
            IsReadonly = config.Root!.Readonly,
            Propagation = Propagation.Of(config.Linux.RootfsPropagation),
            Mounts = MountStep.All([.. config.Mounts, .. added], prepared.Bundle.Path),
            MountMappings = MountMappings.Open(config.Mounts, proc),
            Devices = config.Linux.Devices,
            Nodes = nodes,
            Masked = RootfsPlan.Clean(config.Linux.MaskedPaths),
            ReadOnly = RootfsPlan.Clean(config.Linux.ReadonlyPaths),
            Label = label,
            Cgroups = container.View(),
            NoPivot = prepared.Options.NoPivot,
        };
    }

    /// <summary>
    /// Clones the init and sets up what it needs while it works. On v2 the cgroup must exist before the init, which is cloned into it. On
    /// v1 the init joins later, so that making nine directories overlaps with its mounts.
    /// </summary>
    private void SetUp(InitPlan plan, bool detached)
    {
        Progress.Enter(Stage.Mounts);
        container.BindRoot();
        Progress.Enter(Stage.Cgroup);
        if (!container.IsJoinedLate)
            container.MakeCgroup(pid: 0);
        Progress.Enter(Stage.Namespaces);
        Init = pipes is null ? StartInit(plan) : pipes.CloneWithPipes(() =>
        {
            container.State.Stdio = InheritedFds.StdioLinks();
            return StartInit(plan);
        }, static init => init.Kill());
        Init.IsFrozen = pid => container.Cgroup?.Freezer.IsFrozen(pid) ?? false;
        Steps.Log($"process {Init.Pid} cloned");
        // End of file on exec.result means something only if the init alone holds it open.
        plan.ExecFifo.Dispose();
        plan.ExecResult.Dispose();
        plan.Rootfs.Nodes?.Dispose();
        fifos?.Dispose(); // the kernel waits for other CPUs here, so do it while the child works
        Init.ServeNamespaces();
        container.RecordInit(Init.Pid);
        container.RecordOwners(plan.NamespaceFds, Init.NewUserNamespace);
        Progress.Enter(Stage.Cgroup);
        if (container.IsJoinedLate)
            container.MakeCgroup(Init.Pid);
        container.ApplyLimits();
        container.JoinRdt(Init.Pid);
        (Fd[] before, Fd[] after) = container.OpenPlaces();
        Init.SendCgroups(before, after);
        container.Directory.WriteConfig(container.Bundle.KeptJson(), plan.Seccomp);
        Attached = detached ? null : Attached.Begin();
        Progress.Enter(Stage.Mounts);
        Init.ServeUntilReady(
            OnMounted,
            master => Terminal!.PassOn(master),
            message => context.Warn(message),
            () => (container.Cgroup?.Unified, container.OpenTasks()));
        container.FinishLeaf();
        if (plan.IsBornInside)
            container.RecordInit(Init.Pid);
        Steps.Log($"process {Init.Pid} is set up and waits for start");
    }

    /// <summary>Moves network devices first, because some hooks set routes.</summary>
    private void OnMounted()
    {
        Progress.Enter(Stage.Devices);
        container.MoveDevices();
        if (container.Bundle.Config.Hooks is not { Prestart.Length: 0, CreateRuntime.Length: 0 })
            container.RunHooks();
        Progress.Enter(Stage.Switch);
    }

    private InitProcess StartInit(InitPlan plan)
    {
        try
        {
            return InitProcess.Start(plan, container.Cgroup?.Unified);
        }
        catch (SysException e) when (e.Errno == EACCES && container.Cgroup?.Unified is not null)
        {
            container.LeaveUnified(e);
            return InitProcess.Start(plan, null);
        }
        catch (SysException e) when (e.Errno == EAGAIN)
        {
            throw ContainerException.From(
                ErrorCode.HostProcesses, e, "cannot create the container's process", pointer: null, Admission.NoMoreProcesses);
        }
        catch (SysException e) when (Admission.IsRefusal(e.Errno) && container.Cgroup?.Admission.ReasonForRefusal() is { } why)
        {
            throw ContainerException.From(ErrorCode.CgroupNoProcesses, e, "cannot enter the container's cgroup", "/linux/cgroupsPath", why);
        }
    }

    /// <returns>The error to report: an OOM kill if that was the cause, else <paramref name="cause"/>.</returns>
    private Exception RollBack(Exception cause)
    {
        Exception said = cause;
        if (cause is KilledException && container.Cgroup is { } cgroup && cgroup.MemoryEvents.WasKilled())
            said = new ContainerException(ErrorCode.ProcessOutOfMemory, "container init was OOM-killed (memory limit too low?)", cause)
            {
                Pointer = "/linux/resources/memory/limit",
            };
        container.RollBack("create", KillInit, runPoststop: Init is not null);
        Dispose();
        return said;
    }

    /// <summary>
    /// Thaws too: a hook, or anything that may write to the cgroup, may have frozen it, and on v1 a frozen process does not die.
    /// </summary>
    private void KillInit()
    {
        if (!container.Namespaces.JoinsMount)
            Init?.Process.Signal(SIGKILL);
        if (container.Cgroup is { } cgroup && cgroup.Freezer.IsFrozen())
            cgroup.Freezer.Thaw();
        Init?.Kill();
    }

    private Fd MakeFifo(string name)
    {
        Sys.TryMknodAt(container.Directory.Fd, name, S_IFIFO | Modes.O600, 0).ThrowIfFailed();
        return Sys.OpenAt(fifos?.Fd ?? container.Directory.Fd, name, O_RDWR);
    }

    private static bool NeedsProc(Config config, NamespacePlan namespaces)
        => namespaces.NewUser || namespaces.NewTime || config.Linux.Sysctl.Length > 0 || config.Process?.OomScoreAdj is not null
            || Labels.AreSet(config.Process) || MountRules.AnyIsIdMapped(config.Mounts);
}
