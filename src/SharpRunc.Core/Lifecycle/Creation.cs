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
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>A container on its way to `created`, and for `run` to its end: what create made of it, and its init.</summary>
internal sealed class Creation : IDisposable
{
    private readonly RuntimeContext context;
    private readonly NewContainer container;
    private PipeRelay? pipes;

    /// <summary>A process of the container that may trace the init has its descriptors: through this clone nothing of the host's can be changed.</summary>
    private Tree? fifos;

    private Creation(RuntimeContext context, NewContainer container, TerminalMaster? terminal)
    {
        this.context = context;
        this.container = container;
        Terminal = terminal;
    }

    /// <summary>null when the runtime does not stay.</summary>
    public Attached? Attached { get; private set; }

    public Launch? Init { get; private set; }

    /// <summary>null for a process without one.</summary>
    public TerminalMaster? Terminal { get; }

    /// <summary>What passes between the caller's terminal and the process while the runtime stays; null: the process has the caller's streams, or has none.</summary>
    public StreamRelay? Streams => Terminal?.Proxy ?? (StreamRelay?)pipes;

    /// <summary>From <see cref="Start"/> on, where somebody wants to know when the program is ready.</summary>
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

    /// <summary>runtime.md#create. Returns when the init waits for start; a failure leaves nothing behind.</summary>
    /// <param name="detached">The runtime does not stay until the process ends.</param>
    public static Creation Make(RuntimeContext context, string id, CreateOptions options, bool detached = true)
    {
        Preparation prepared = Preparation.Of(context, id, options, detached);
        Interruption.Heed();
        NewContainer container = NewContainer.Claim(context, prepared.Id, prepared.Bundle, prepared.Namespaces, options.NoNewKeyring);
        Creation creation = new(context, container, prepared.Terminal);
        try
        {
            if (prepared.Terminal is null)
                creation.pipes = PipeRelay.Between(context, detached);
            creation.SetUp(creation.Plan(prepared), detached);
            using (prepared.PidfdSocket)
                prepared.PidfdSocket?.Send(creation.Init!.Process, PidfdSocket.Init);
            container.Finish();
            if (prepared.PidFile is not null)
                PidFile.Write(prepared.PidFile, container.State.InitPid);
            return creation;
        }
        catch (Exception e)
        {
            throw creation.TakeBack(e);
        }
    }

    /// <summary>runtime.md#start, for `run`: the lock is still ours.</summary>
    public void Start()
    {
        try
        {
            Relay = NotifyRelay.Open(context, container.Directory);
            Lifecycle.Start.Go(context, container.Directory, container.State, container.Held);
        }
        catch
        {
            // Nobody else knows the container: one that cannot be started is not left created.
            container.Held.Dispose();
            Lifecycle.Start.Undo(context, container.Directory);
            throw;
        }
    }

    /// <summary>For `run`, before <see cref="Start"/>.</summary>
    public OomReport WatchMemory() => container.WatchMemory();

    /// <summary>runtime.md#delete, for `run`: the init has ended and was reaped.</summary>
    public void Delete() => container.Delete();

    private InitPlan Plan(Preparation prepared)
    {
        Config config = prepared.Bundle.Config;
        bool notifies = NotifySocket.IsWanted(config, prepared.Namespaces);
        if (notifies)
            container.Directory.MakeNotify(NotifySocket.DirectoryMode);
        // Root alone may make nodes, and an ordinary user's mapped root none.
        Tree? nodes = prepared.Namespaces is { HasUser: true, HasMount: true } && context.Euid == 0 ? DeviceNodes.TryMake(config.Linux) : null;
        foreach (string warning in DeviceWarnings.Of(config, prepared.Namespaces, nodes))
            context.Warn(warning);
        ProcFs? proc = NeedsProc(config, prepared.Namespaces) ? ProcFs.Open() : null;
        fifos = context.Euid == 0 ? Tree.TryCloneReadOnly(container.Directory.Fd) : null;
        return new()
        {
            Id = prepared.Id.Value,
            Config = config,
            Process = notifies ? NotifySocket.Tell(config.Process!) : config.Process,
            Namespaces = prepared.Namespaces,
            NamespaceFds = prepared.NamespaceFds,
            Bundle = prepared.Bundle.Path,
            Rootfs = prepared.Bundle.Rootfs,
            Capabilities = prepared.Capabilities,
            Cgroups = container.View(),
            Seccomp = prepared.Filter,
            Listener = SeccompListener.Of(config, prepared.Id.Value, prepared.Bundle.Path),
            Proc = proc,
            Mounts = MountStep.All(notifies ? [.. config.Mounts, NotifySocket.MountOf(container.Directory)] : config.Mounts, prepared.Bundle.Path),
            MountMappings = MountMappings.Open(config.Mounts, proc),
            Nodes = nodes,
            Sysctls = Array.ConvertAll(config.Linux.Sysctl, static entry => (entry.Key, SysctlRules.PathOf(entry.Key), entry.Value)),
            ExecFifo = MakeFifo(ContainerDirectory.ExecFifo),
            ExecResult = MakeFifo(ContainerDirectory.ExecResult),
            NoPivot = prepared.Options.NoPivot,
            NoNewKeyring = prepared.Options.NoNewKeyring,
            PassedFds = prepared.Inherited.Passed,
            ListenFds = prepared.Inherited.Listen,
            IsPrivileged = context.Euid == 0,
        };
    }

    /// <summary>
    /// Clones the init and sets up what it needs while it works. On v2 its cgroup must exist before it does (it is born there);
    /// on v1 it joins later, and making nine directories overlaps with its mounts.
    /// </summary>
    private void SetUp(InitPlan plan, bool detached)
    {
        container.BindRoot();
        if (!container.IsJoinedLate)
            container.MakeCgroup(pid: 0);
        Init = pipes is null ? StartInit(plan) : pipes.Lend(() =>
        {
            container.State.Stdio = InheritedFds.StdioLinks();
            return StartInit(plan);
        }, static init => init.Kill());
        Steps.Say($"process {Init.Pid} cloned");
        // The end of exec.result is news only if the init alone holds it.
        plan.ExecFifo.Dispose();
        plan.ExecResult.Dispose();
        plan.Nodes?.Dispose();
        fifos?.Dispose(); // the kernel waits for its other CPUs: while the child works
        Init.ServeNamespaces();
        container.Meet(Init.Pid);
        container.RememberOwners(plan.NamespaceFds, Init.NewUserNamespace);
        if (container.IsJoinedLate)
            container.MakeCgroup(Init.Pid);
        container.ApplyLimits();
        container.JoinRdt(Init.Pid);
        (Fd[] before, Fd[] after) = container.OpenPlaces();
        Init.OfferCgroups(before, after);
        container.Directory.WriteConfig(container.Bundle.Json, plan.Seccomp);
        Attached = detached ? null : Attached.Begin();
        Init.ServeUntilReady(OnMounted, master => Terminal!.Take(master), message => context.Warn(message), () => (container.Cgroup?.Unified, container.OpenTasks()));
        container.FinishDivision();
        if (plan.IsBornInside)
            container.Meet(Init.Pid);
        Steps.Say($"process {Init.Pid} is set up and waits for start");
    }

    /// <summary>Hooks find the devices in place: some set routes.</summary>
    private void OnMounted()
    {
        container.MoveDevices();
        if (container.Bundle.Config.Hooks is not { Prestart.Length: 0, CreateRuntime.Length: 0 })
            container.RunHooks();
    }

    private Launch StartInit(InitPlan plan)
    {
        try
        {
            return Launch.Start(plan, container.Cgroup?.Unified);
        }
        catch (SysException e) when (e.Errno == EACCES && container.Cgroup?.Unified is not null)
        {
            container.LeaveUnified(e);
            return Launch.Start(plan, null);
        }
        catch (SysException e) when (e.Errno == EAGAIN)
        {
            throw ContainerException.From(e, "cannot make the container's process", pointer: null, Cgroup.NoMoreProcesses);
        }
        catch (SysException e) when (Cgroup.TakesNone(e.Errno) && container.Cgroup?.WhyItTakesNone() is { } why)
        {
            throw ContainerException.From(e, "cannot enter the container's cgroup", "/linux/cgroupsPath", why);
        }
    }

    /// <returns>What to say: the kernel's word on memory, where that was it.</returns>
    private Exception TakeBack(Exception cause)
    {
        Exception said = cause is KilledException && container.Cgroup is { } cgroup && cgroup.WasOomKilled()
            ? new ContainerException("container init was OOM-killed (memory limit too low?)", cause) { Pointer = "/linux/resources/memory/limit" }
            : cause;
        container.TakeBack("create", KillInit, runPoststop: Init is not null);
        Dispose();
        return said;
    }

    /// <summary>A hook, or whoever may write to its cgroup, may have frozen it: on v1 it does not die then.</summary>
    private void KillInit()
    {
        if (!container.Namespaces.JoinsMount)
            Init?.Process.Signal(SIGKILL);
        if (container.Cgroup is { } cgroup && cgroup.IsFrozen())
            cgroup.Thaw();
        Init?.Kill();
    }

    private Fd MakeFifo(string name)
    {
        int error = Sys.TryMknodAt(container.Directory.Fd, name, S_IFIFO | 0x180 /* 0600 */, 0);
        if (error < 0)
            throw new SysException("mkfifo", name, -error);
        return Sys.OpenAt(fifos?.Fd ?? container.Directory.Fd, name, O_RDWR);
    }

    private static bool NeedsProc(Config config, NamespacePlan namespaces)
        => namespaces.NewUser || namespaces.NewTime || config.Linux.Sysctl.Length > 0 || config.Process?.OomScoreAdj is not null
            || Labels.AreSet(config.Process) || MountRules.AnyIsIdMapped(config.Mounts);
}
