using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.Init;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>A container on its way to `created`: what exists of it so far, so that a failure takes all of it back.</summary>
internal sealed class Creation : IDisposable
{
    private readonly RuntimeContext context;
    private readonly Bundle bundle;
    private readonly CgroupLayout layout;
    private readonly CgroupPlan limits;
    private ContainerLock held;
    private Cgroup? cgroup;

    private Creation(RuntimeContext context, Bundle bundle, NamespacePlan namespaces, CreateOptions options, ContainerDirectory directory, TerminalMaster? terminal)
    {
        this.context = context;
        this.bundle = bundle;
        Terminal = terminal;
        Directory = directory;
        held = directory.Lock();
        layout = CgroupLayout.Detect();
        if (layout.Hierarchies.Length == 0 && (bundle.Config.Linux.CgroupsPath is { Length: > 0 } || !context.MayLackCgroups))
            throw new ContainerException("no cgroup hierarchy is mounted") { Hint = "mount cgroup2 on /sys/fs/cgroup" };
        limits = CgroupPlan.From(bundle.Config.Linux.Resources, layout, bundle.Config.Linux.Devices);
        State = NewState(directory, bundle, namespaces, options);
        State.CgroupPaths = Cgroup.Reserve(layout, bundle.Config.Linux.CgroupsPath, State.Id);
    }

    public ContainerDirectory Directory { get; }

    public ContainerState State { get; }

    public Launch? Init { get; private set; }

    /// <summary>null for a process without one.</summary>
    public TerminalMaster? Terminal { get; }

    /// <summary>From <see cref="Start"/> on, where somebody wants to know when the program is ready.</summary>
    public NotifyRelay? Relay { get; private set; }

    public void Dispose()
    {
        Relay?.Dispose();
        Init?.Dispose();
        Terminal?.Dispose();
        cgroup?.Dispose();
        held.Dispose();
        Directory.Dispose();
    }

    /// <summary>runtime.md#create. Returns when the init waits for start; a failure leaves nothing behind.</summary>
    /// <param name="detached">The runtime does not stay until the process ends.</param>
    /// <param name="meanwhile">Something to do while the init sets itself up and the runtime would only wait.</param>
    public static Creation Make(RuntimeContext context, string id, CreateOptions options, bool detached = true, Action? meanwhile = null)
    {
        InheritedFds inherited = InheritedFds.Find(options.PreserveFds);
        Seal.Ensure();
        InheritedFds.Protect();
        KernelFloor.Check();
        using PidfdSocket? pidfdSocket = PidfdSocket.Connect(options.PidfdSocket);
        Fd? consoleSocket = TerminalMaster.Connect(options.ConsoleSocket);
        ContainerId name = ContainerId.Parse(id);
        string? pidFile = options.PidFile is null ? null : Paths.Absolute(options.PidFile);
        Bundle bundle = Bundle.Load(context, options.Bundle, options.NoPivot);

        Labels.RequireEnabled(bundle.Config.Process, "/process");
        NamespacePlan namespaces = PlanNamespaces(context, bundle.Config.Linux.Namespaces);
        SeccompProgram? filter = SeccompCompiler.Compile(bundle.Config.Linux.Seccomp);
        CapabilityPlan capabilities = CapabilityPlan.From(bundle.Config.Process?.Capabilities, namespaces.HasUser ? CapabilityPlan.All : CapabilityPlan.Held());
        Warn(context, capabilities.Warnings);
        Warn(context, filter?.Warnings ?? []);
        Fd?[] namespaceFds = OpenNamespaces(bundle.Config.Linux.Namespaces);

        TerminalMaster? terminal = TerminalMaster.Claim(bundle.Config.Process, "/process", consoleSocket, detached);
        ContainerDirectory directory = new ContainerStore(context).Create(name);
        Creation creation;
        try
        {
            creation = new(context, bundle, namespaces, options, directory, terminal);
        }
        catch
        {
            directory.Remove();
            throw;
        }
        try
        {
            NotifySocket.Offer(directory, bundle.Config);
            InitPlan plan = new()
            {
                Id = id,
                Config = bundle.Config,
                Process = bundle.Config.Process,
                Namespaces = namespaces,
                NamespaceFds = namespaceFds,
                Bundle = bundle.Path,
                Rootfs = bundle.Rootfs,
                Capabilities = capabilities,
                Cgroups = View(creation.layout, creation.State),
                Seccomp = filter,
                Proc = NeedsProc(bundle.Config, namespaces) ? ProcFs.Open() : null,
                ExecFifo = creation.MakeFifo(ContainerDirectory.ExecFifo, 0x192 /* 0622 */),
                ExecResult = creation.MakeFifo(ContainerDirectory.ExecResult, 0x180),
                NoPivot = options.NoPivot,
                NoNewKeyring = options.NoNewKeyring,
                PreservedFds = inherited.Count,
                ListenFds = inherited.Listen,
                IsPrivileged = context.Euid == 0,
            };
            creation.SetUp(plan, meanwhile);
            pidfdSocket?.Send(creation.Init!.Process, PidfdSocket.Init);
            creation.State.Phase = Phase.Created;
            creation.State.Created = Sys.RealtimeNanoseconds();
            directory.WriteState(creation.State);
            if (pidFile is not null)
                PidFile.Write(pidFile, creation.State.InitPid);
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
            Relay = NotifyRelay.Open(context, Directory);
            Containers.Start.Go(context, Directory, State, held);
        }
        catch
        {
            // Nobody else knows the container: one that cannot be started is not left created.
            held.Dispose();
            Containers.Start.Undo(context, Directory);
            throw;
        }
    }

    /// <summary>runtime.md#delete, for `run`: the init has ended and was reaped.</summary>
    public void Delete()
    {
        using (Directory.Lock())
        {
            // With a PID namespace of its own the kernel has ended everyone else with the init.
            if (!State.PrivatePidNamespace)
                Destroy.KillCgroup(cgroup!);
            cgroup!.Remove();
            Directory.Remove();
        }
        HookRunner.RunPoststop(context, State);
    }

    /// <summary>
    /// Clones the init and sets up what it needs while it works. On v2 its cgroup must exist before it does (it is born there);
    /// on v1 it joins later, and making nine directories overlaps with its mounts.
    /// </summary>
    private void SetUp(InitPlan plan, Action? meanwhile)
    {
        if (layout.Kind != CgroupKind.V1)
            MakeCgroup();
        Init = StartInit(plan);
        // The end of exec.result is news only if the init alone holds it.
        plan.ExecFifo.Dispose();
        plan.ExecResult.Dispose();
        Init.ServeNamespaces();
        State.InitPid = Init.Pid;
        if (ProcessStat.TryRead(Init.Pid, out ProcessStat stat))
            State.InitStartTime = stat.StartTime;
        if (cgroup is null)
            MakeCgroup();
        cgroup!.Apply(limits);
        Init.OfferCgroups(cgroup.OpenTasks());
        Directory.WriteConfig(bundle.Json, plan.Seccomp);
        meanwhile?.Invoke();
        Init.ServeUntilReady(RunHooks, master => Terminal!.Take(master));
    }

    /// <summary>What delete needs to find is written down before it is made.</summary>
    private void MakeCgroup()
    {
        Directory.WriteState(State);
        string? path = bundle.Config.Linux.CgroupsPath;
        try
        {
            cgroup = Cgroup.Make(layout, path, State.Id);
        }
        catch (ContainerException e) when (Cgroup.IsRefusal(e.Errno) && MayLackCgroup)
        {
            cgroup = Cgroup.Make(layout, path, State.Id, mayLack: true);
            State.CgroupPaths = cgroup.Paths;
        }
        if (layout.Kind == CgroupKind.V2)
            Delegate();
    }

    private Launch StartInit(InitPlan plan)
    {
        try
        {
            return Launch.Start(plan, cgroup?.Unified);
        }
        catch (SysException e) when (e.Errno == EACCES && cgroup?.Unified is not null)
        {
            // Beside v1 hierarchies the unified one holds no limit.
            if (!MayLackCgroup && !(layout.Kind == CgroupKind.Hybrid && context.MayLackCgroups))
                throw ContainerException.From(e, "cannot enter the container's cgroup", "/linux/cgroupsPath",
                    "cgroups(7), delegation: needs write permission to cgroup.procs of a cgroup above both the caller's and this one");
            cgroup.LeaveUnified();
            State.CgroupPaths = cgroup.Paths;
            return Launch.Start(plan, null);
        }
    }

    /// <summary>Who names a cgroup wants that one.</summary>
    private bool MayLackCgroup => string.IsNullOrEmpty(bundle.Config.Linux.CgroupsPath) && context.MayLackCgroups;

    /// <summary>
    /// config-linux.md#cgroup-ownership: with a cgroup namespace and a writable cgroup mount the container's user gets it. An ordinary
    /// user's runtime can give to nobody.
    /// </summary>
    private void Delegate()
    {
        Config config = bundle.Config;
        if (context.Euid != 0 || !Array.Exists(config.Linux.Namespaces, static n => n is { Type: NamespaceType.Cgroup, Path: null })
            || !Array.Exists(config.Mounts, static m => m.Type is "cgroup" or "cgroup2" && Array.IndexOf(m.Options, "ro") < 0))
            return;
        uint user = config.Process?.User.Uid ?? 0;
        uint owner = config.Linux.UidMappings.Length == 0 ? user : Validation.MappingRules.ToHost(config.Linux.UidMappings, user) ?? 0;
        if (owner != 0)
            cgroup!.GiveTo(owner);
    }

    /// <summary>The paths are in the order of the hierarchies.</summary>
    internal static CgroupView View(CgroupLayout layout, ContainerState state)
    {
        CgroupPlace[] places = new CgroupPlace[layout.Hierarchies.Length];
        for (int i = 0; i < places.Length; i++)
        {
            Hierarchy hierarchy = layout.Hierarchies[i];
            string name = hierarchy.MountPoint[(hierarchy.MountPoint.LastIndexOf('/') + 1)..];
            places[i] = new(name, hierarchy.Controllers.Length > 1 ? hierarchy.Controllers : [], state.CgroupPaths[i].Value, hierarchy.OwnDirectory);
        }
        return new(layout.Kind == CgroupKind.V2 && places.Length > 0 ? layout.Hierarchies[0].MountPoint : null, places);
    }

    private void RunHooks()
    {
        Directory.WriteState(State);
        held.Dispose();
        HookRunner.RunCreate(State, bundle.Config);
        held = Directory.Lock();
    }

    /// <summary>Init, cgroup, directory; then the poststop hooks, since the prestart ones may have run.</summary>
    private Exception TakeBack(Exception cause)
    {
        Exception said = cause;
        if (cause is KilledException && cgroup is not null && cgroup.WasOomKilled())
            said = new ContainerException("container init was OOM-killed (memory limit too low?)", cause) { Pointer = "/linux/resources/memory/limit" };
        try
        {
            Init?.Kill();
            if (cgroup is not null)
                Destroy.KillCgroup(cgroup);
            cgroup?.Remove();
            Directory.Remove();
            if (Init is not null)
                HookRunner.RunPoststop(context, State);
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            context.Warn($"cleaning up after a failed create: {e.Message}");
        }
        Dispose();
        return said;
    }

    internal static ContainerState NewState(ContainerDirectory directory, Bundle bundle, NamespacePlan namespaces, CreateOptions options)
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
            NoNewKeyring = options.NoNewKeyring,
            Program = bundle.Config.Process?.Args[0],
            Stdio = InheritedFds.StdioLinks(),
        };
    }

    private Fd MakeFifo(string name, uint mode)
    {
        int error = Sys.TryMknodAt(Directory.Fd, name, S_IFIFO | mode, 0);
        if (error < 0)
            throw new SysException("mkfifo", name, -error);
        return Sys.OpenAt(Directory.Fd, name, O_RDWR);
    }

    private static NamespacePlan PlanNamespaces(RuntimeContext context, Namespace[] listed)
    {
        bool byPath = Array.Exists(listed, static n => n is { Type: NamespaceType.Pid, Path: not null });
        return NamespacePlan.From(listed, unprivileged: context.Euid != 0, parentMayEnterPid: !byPath || ChildProcess.MayEnterPidNamespaces());
    }

    internal static Fd?[] OpenNamespaces(Namespace[] namespaces)
    {
        Fd?[] fds = new Fd?[namespaces.Length];
        for (int i = 0; i < namespaces.Length; i++)
            if (namespaces[i].Path is { } path)
                fds[i] = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY | O_NONBLOCK, out int error) // a FIFO would wait for its writer
                    ?? throw ContainerException.From(new SysException("open", path, -error), "cannot open the namespace", $"/linux/namespaces/{i}/path");
        return fds;
    }

    private static bool NeedsProc(Config config, NamespacePlan namespaces)
        => namespaces.NewUser || namespaces.NewTime || config.Linux.Sysctl.Length > 0 || config.Process?.OomScoreAdj is not null
            || Labels.AreSet(config.Process);

    private static void Warn(RuntimeContext context, IReadOnlyList<string> warnings)
    {
        foreach (string warning in warnings)
            context.Warn(warning);
    }
}
