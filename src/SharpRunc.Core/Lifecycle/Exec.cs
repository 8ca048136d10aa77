using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Init;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Security;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.State;
using SharpRunc.Core.Terminals;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Runs another process in a running container.</summary>
internal static class Exec
{
    /// <returns>The process's exit status, or 128 + signal; 0 when detached.</returns>
    public static int Run(RuntimeContext context, string id, ExecOptions options)
    {
        InheritedFds inherited = InheritedFds.Find(options.PreserveFds, listen: false);
        Seal.Ensure();
        InheritedFds.Protect();
        Interruption.Enable();
        using PidfdSocket? pidfdSocket = PidfdSocket.Connect(options.PidfdSocket);
        Progress.Enter(Stage.Reading);
        using Container container = Container.Open(context, id);
        using Cgroup cgroup = container.OpenCgroup();
        using PidFd init = RequireAlive(container, cgroup, options.IgnorePaused, out bool runsFirstThread);
        using PidFd target = JoinTarget.Open(init, container.State.InitPid, runsFirstThread);
        Config config = container.Directory.ReadConfig();
        Progress.Enter(Stage.Checking);
        Process process = Describe(context, config, options);
        using TerminalMaster? master = TerminalMaster.Prepare(process, "", TerminalMaster.Connect(options.ConsoleSocket), options.Detach);
        using PidFile? pidFile = PidFile.Find(options.PidFile);

        Progress.Enter(Stage.Cgroup);
        SubCgroups below = Below(options, config, container, cgroup);
        Fd[] tasks = cgroup.Admission.OpenTasks(below, container.State.InitPid);
        ExecPlan plan = Plan(context, container, target, config, process, inherited, tasks, options.Cwd is null ? null : "--cwd");
        if (process.ExecCpuAffinity?.Initial is { } initial)
            CpuAffinity.Set(CpuAffinity.Parse(initial), "/execCPUAffinity/initial");
        using PipeRelay? pipes = master is null ? PipeRelay.TryCreate(context, options.Detach) : null;
        CallerKeyring.Protect(); // before the clone: without a PID namespace its program waits for nothing more
        Progress.Enter(Stage.Namespaces);
        Entry entry = default;
        ChildProcess CloneChild() => Clone(context, plan, container, cgroup, below, out entry);
        using ChildProcess child = pipes is null ? CloneChild() : pipes.CloneWithPipes(CloneChild, static child => child.Kill());
        child.Hold = new(cgroup.Freezer.IsFrozen, mayBeFrozen: options.IgnorePaused, message => context.Warn(message));
        try
        {
            // Opened while the child works.
            using OomReport? memory = options.Detach ? null : new(context, cgroup, below, mayGo: container.State.Unit is not null);
            if (entry == Entry.ByUnit)
            {
                Attach(container, below, child.Pid);
                child.Channel.Send(Message.Cgroups);
            }
            if (config.Linux.IntelRdt is { } rdt)
                Resctrl.Find().Join(RdtPlan.From(rdt, plan.Id), child.Pid);
            Attached? attached = Serve(plan, child, entry, cgroup, options.Detach, pidfdSocket, master);
            Start.LogProgram(child.Pid);
            pidFile?.Write(child.Pid);
            int status = attached?.Wait(child.Process, child.Pid, streams: master?.Proxy ?? (StreamRelay?)pipes, memory: memory) ?? 0;
            memory?.Report(status);
            return status;
        }
        catch
        {
            child.Kill();
            throw;
        }
    }

    /// <summary>Does not use the container's status, which queries more than exec needs.</summary>
    private static PidFd RequireAlive(Container container, Cgroup cgroup, bool ignorePaused, out bool runsFirstThread)
    {
        if (container.State.Phase == Phase.Creating)
            throw new ContainerException(
                ErrorCode.ContainerStopped, $"cannot exec in a {ContainerStatus.Text(container.Status)} container");
        if (!ignorePaused && cgroup.Freezer.IsFrozen())
            throw new ContainerException(
                ErrorCode.ExecContainerPaused, "cannot exec in a paused container (use --ignore-paused to override)");
        return container.OpenInit(out runsFirstThread) ?? throw ContainerStatus.NotJoinable();
    }

    private static Process Describe(RuntimeContext context, Config config, ExecOptions options)
    {
        ValidationContext rules = new() { Unprivileged = context.Euid != 0 };
        ReaderNotes notes = new() { WantsUnknown = context.Debug };
        Process process = ExecProcess.From(config, options, rules, notes);
        context.Report(notes);
        Labels.RequireEnabled(process, "");
        foreach (string name in options.Caps)
            if (!ExecProcess.IsCapability(name))
                context.Warn(ExecProcess.UnknownCapability(name)); // as runc the process runs
        foreach (string warning in rules.Warnings)
            context.Warn(warning);
        return process;
    }

    private static SubCgroups Below(ExecOptions options, Config config, Container container, Cgroup cgroup)
    {
        if (options.Cgroups.Count == 0)
            return SubCgroups.At(LeafCgroup.From(config, container.State.Unit is not null, cgroup.IsV2));
        SubCgroups below = SubCgroups.Parse(options.Cgroups);
        cgroup.Admission.RequireKnown(below);
        return below;
    }

    private static ExecPlan Plan(
        RuntimeContext context,
        Container container,
        PidFd target,
        Config config,
        Process process,
        InheritedFds inherited,
        Fd[] tasks,
        string? cwdFlag)
    {
        ulong namespaces = 0;
        foreach (Namespace listed in config.Linux.Namespaces)
            namespaces |= NamespacePlan.Flag(listed.Type);
        if (container.State.Restored)
            namespaces |= CLONE_NEWTIME; // set up by criu: without it the clocks would differ from the other processes'
        bool hasUser = (namespaces & CLONE_NEWUSER) != 0;
        CapabilityPlan capabilities = CapabilityPlan.From(process.Capabilities, hasUser ? CapabilityPlan.All : Sys.PermittedCapabilities());
        if (capabilities.Warnings is [var left] && !IsLoggedByCreate(container, left, hasUser))
            context.Warn(left);
        SeccompProgram? filter = config.Linux.Seccomp is null or { IsEmpty: true } ? null : container.Directory.ReadFilter();
        ExecCpuAffinity? affinity = process.ExecCpuAffinity;
        LogPlan(namespaces, process, affinity, tasks.Length);
        return new()
        {
            Id = container.State.Id,
            Process = process,
            CwdFlag = cwdFlag,
            Capabilities = capabilities,
            Seccomp = filter,
            Listener = SeccompListener.From(config, filter, container.State.Id, container.State.Bundle, container.State.InitPid),
            Proc = process.OomScoreAdj is null && !Labels.AreSet(process) ? null : ProcFs.Open(),
            Keyring = KeyringOf(container.State),
            IsKeyringOutside = container.State.Restored && hasUser,
            PassedFds = inherited.Passed,
            IsPrivileged = context.Euid == 0,
            Target = target,
            Namespaces = namespaces,
            Listed = config.Linux.Namespaces,
            Common = CommonSettings.From(config),
            UserNamespace = container.State.UserNamespace,
            ForeignOwners = container.State.ForeignOwners,
            Root = (namespaces & CLONE_NEWNS) != 0 ? null : OpenRoot(container.State.InitPid),
            Tasks = tasks,
            FinalAffinity = affinity?.Final is { } final ? CpuAffinity.Parse(final) : null,
            KeepsAffinity = affinity is { Initial: not null, Final: null },
        };
    }

    private static string? KeyringOf(ContainerState state)
        => state.NoNewKeyring ? null : state.Keyring ?? Keyring.NameOfOlderVersion(state.Id);

    /// <summary>
    /// Whether create has already warned of this. By default an exec process has the same capabilities as the container's process.
    /// </summary>
    private static bool IsLoggedByCreate(Container container, string warning, bool hasUser)
    {
        Capabilities? created = container.Directory.ReadConfig().Process?.Capabilities;
        CapabilityPlan plan = CapabilityPlan.From(created, hasUser ? CapabilityPlan.All : Sys.PermittedCapabilities());
        return plan.Warnings is [var said] && said == warning;
    }

    private static void LogPlan(ulong namespaces, Process process, ExecCpuAffinity? affinity, int hierarchies)
    {
        Steps.Log($"exec {string.Join(' ', process.Args)}: "
            + $"user {process.User.Uid}:{process.User.Gid}, cwd {process.Cwd}, terminal {process.Terminal}");
        Steps.Log($"namespaces 0x{namespaces:x} are joined through the init's pidfd; "
            + $"{hierarchies} v1 hierarchies are joined by the child, a unified one by its clone");
        Steps.Log($"CPU affinity: initial {affinity?.Initial ?? "as the caller's"}, final {FinalAffinity(affinity)}");
    }

    private static string FinalAffinity(ExecCpuAffinity? affinity)
    {
        if (affinity?.Final is { } final)
            return final;
        return affinity?.Initial is null ? "all that the cgroup allows" : "the kernel's";
    }

    private static Fd OpenRoot(int pid)
    {
        using ProcFs proc = ProcFs.Open();
        return proc.OpenMagic($"{pid}/root", O_PATH | O_DIRECTORY);
    }

    /// <summary>How the process comes into the container's cgroup.</summary>
    private enum Entry
    {
        /// <summary>By its clone, or on v1 by itself.</summary>
        Own,
        /// <summary>systemd moves it.</summary>
        ByUnit,
        /// <summary>It stays in the caller's, because an ordinary user's runtime may not move it. The user has been warned.</summary>
        None,
    }

    private static ChildProcess Clone(
        RuntimeContext context,
        ExecPlan plan,
        Container container,
        Cgroup cgroup,
        SubCgroups below,
        out Entry entry)
    {
        ChildProcess Start(Fd? unified)
            => ChildProcess.Start(plan, 0, unified, static (plan, channel) => ExecSetup.Run(plan, channel, awaitsCgroup: false));
        entry = Entry.Own;
        try
        {
            return cgroup.Admission.Enter(below, container.State.InitPid, Start);
        }
        catch (SysException e) when (e.Errno == EACCES && cgroup.HasUnified && container.State.Unit is not null)
        {
            // cgroups(7), delegation: this needs write permission to the cgroup.procs of a common ancestor, which systemd has.
            entry = Entry.ByUnit;
            return ChildProcess.Start(plan, 0, null, static (plan, channel) => ExecSetup.Run(plan, channel, awaitsCgroup: true));
        }
        catch (SysException e) when (e.Errno == EACCES && cgroup.HasUnified && context.CgroupsAreOptional)
        {
            // cgroups(7), delegation: this needs write permission to the cgroup.procs of a common ancestor.
            context.Warn("the process stays in the caller's cgroup: no permission to move it into the container's");
            entry = Entry.None;
            return Start(null);
        }
    }

    private static void Attach(Container container, SubCgroups below, int pid)
    {
        using Unit unit = container.Unit!;
        unit.Attach(below.Find(""), pid);
    }

    /// <summary>Answers the child until it executes its program.</summary>
    /// <returns>null when detached.</returns>
    private static Attached? Serve(
        ExecPlan plan,
        ChildProcess child,
        Entry entry,
        Cgroup cgroup,
        bool detached,
        PidfdSocket? pidfdSocket,
        TerminalMaster? master)
    {
        if (!plan.IsBornInside)
            pidfdSocket?.Send(child.Process, PidfdSocket.Exec);
        Attached? attached = detached ? null : Attached.Begin();
        bool isInside = entry == Entry.None;
        Message said;
        do
        {
            said = child.Receive(out Fd[] fds);
            if (said == Message.Born)
                child.FollowInside();
            else
                child.Serve(said, fds, fd => master!.PassOn(fd));
            if (!isInside)
                // A container that may write to its cgroup could have diverted the child. A process that is born of the child shares its
                // cgroup.
                cgroup.Admission.RequireInside(child.Pid);
            isInside = true;
            if (said == Message.Born)
            {
                pidfdSocket?.Send(child.Process, PidfdSocket.Exec);
                child.ReleaseInner();
            }
        }
        while (said != Message.Ready);
        child.AwaitExecution();
        return attached;
    }
}
