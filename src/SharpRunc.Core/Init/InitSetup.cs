using System;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rootfs;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The container's first process, from clone3 to the last mile. It has one thread and may allocate and throw, sparingly. Nothing here
/// starts a thread, uses the thread pool or waits for a finalizer, because none of these exist in the clone.
/// </summary>
internal static unsafe class InitSetup
{
    /// <summary>Never returns: the last mile ends by executing the program.</summary>
    public static void Run(InitPlan plan, Channel channel)
    {
        OomScore.Set(plan);
        using Fd? hostRoot = plan is { Namespaces.JoinsMount: true, Hooks.CreateContainer.Length: > 0 } ? OpenRoot() : null;
        bool keepsGroups = EnterNamespaces(plan, channel);
        StartFifos.Reopen(plan);
        Sys.SetSid();
        Keyring.Join(plan);
        if (plan.Hostname is { } hostname)
            Sys.SetHostname(hostname);
        if (plan.Domainname is { } domainname)
            Sys.SetDomainname(domainname);

        Inherited inherited = new(Sys.Umask(0), keepsGroups);
        RootfsSetup rootfs = new(plan, channel);
        try
        {
            BeforeSwitch(plan, channel, rootfs, inherited.Umask, hostRoot);
        }
        catch
        {
            rootfs.RollBack();
            throw;
        }
        using Fd? pagemap = plan.IsBornInside ? null : OpenPagemap(plan);
        rootfs.Switch();
        Sysctls.Write(plan);
        Stdio.SetOwners(plan, rootfs.Root, channel);

        Progress.Enter(Stage.LastMile);
        LastMileData* data = LastMileLayout.ForInit(plan, channel, rootfs.Root, pagemap, inherited);
        if (!plan.IsBornInside)
            LastMileLayout.SetDroppedMemory(data, plan, ProcessStrings.Overwrite("sharprunc\0init\0"u8));
        Labels.Apply(plan);
        RequestLimits(plan, channel);
        Trace.Leave();
        LastMileRunner.Run(data);
    }

    /// <summary>
    /// Opened before the switch: the image's /proc may be anything, a FIFO for example if no procfs is mounted. So may that of a mount
    /// namespace by path.
    /// </summary>
    private static Fd? OpenPagemap(InitPlan plan)
        => plan.Namespaces.JoinsMount ? ProcFs.TryOpenOwn("pagemap") : Sys.TryOpenAt(Fd.Cwd, "/proc/self/pagemap", O_RDONLY, out _);

    /// <summary>Everything done while the host's file systems are still visible.</summary>
    /// <param name="hostRoot">null: it is ours, as long as the roots are not switched.</param>
    private static void BeforeSwitch(InitPlan plan, Channel channel, RootfsSetup rootfs, uint callerUmask, Fd? hostRoot)
    {
        rootfs.Prepare();
        rootfs.JoinCgroup();
        // The cgroup determines the CPUs from here on; the caller's CPU affinity is not passed on.
        CpuAffinity.Reset();
        if (plan.StopsAfterMounts)
        {
            channel.Send(Message.Mounted);
            channel.Await(Message.Go);
        }
        if (plan.Hooks.CreateContainer.Length > 0)
        {
            Sys.Umask(callerUmask);
            RunHooks(plan, channel, rootfs, hostRoot);
            Sys.Umask(0);
        }
        if (plan.Namespaces.JoinPidLate >= 0)
            Join(plan, plan.Namespaces.JoinPidLate);
    }

    /// <summary>
    /// config.md#createContainer-hooks: "path MUST resolve in the runtime namespace", and so must the interpreter, the libraries and all
    /// else that a program of the host needs. Another container's mount namespace has other files there, and the hook has our privileges.
    /// </summary>
    private static void RunHooks(InitPlan plan, Channel channel, RootfsSetup rootfs, Fd? hostRoot)
    {
        using Fd? joinedRoot = hostRoot is null ? null : OpenRoot();
        if (hostRoot is not null)
            EnterRoot(hostRoot);
        Sys.Fchdir(rootfs.Root.Directory, "rootfs"); // as in runc, hooks start there; Switch enters it in any case
        HookRunner.RunInContainer(plan, channel.Socket);
        if (joinedRoot is not null)
            EnterRoot(joinedRoot);
    }

    private static Fd OpenRoot() => Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY);

    private static void EnterRoot(Fd root)
    {
        Sys.Fchdir(root, "/");
        Sys.Chroot(".");
    }

    /// <summary>
    /// Has the runtime set the limits. From here on the last mile allocates and writes nothing that a limit could forbid.
    /// </summary>
    public static void RequestLimits(ProcessPlan plan, Channel channel)
    {
        if (plan.Process is not { Rlimits.Length: > 0 } && !(plan.IsScheduledFromOutside || plan.IsPrioritizedFromOutside))
            return;
        channel.Send(Message.Rlimits);
        channel.Await(Message.RlimitsSet);
    }

    /// <returns>Whether the caller's supplementary groups stay.</returns>
    private static bool EnterNamespaces(InitPlan plan, Channel channel)
    {
        NamespacePlan namespaces = plan.Namespaces;
        foreach (int i in namespaces.JoinFirst)
            Join(plan, i);
        if (namespaces.UnshareUser != 0)
            Sys.Unshare(CLONE_NEWUSER, "user namespace");
        if (namespaces.JoinUser >= 0)
        {
            // A process that is root in there could look into us, and through us at the host.
            Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE");
            Join(plan, namespaces.JoinUser);
        }
        // A user namespace without maps has no root, and unsharing others in it would be refused.
        if (namespaces.NewUser)
        {
            channel.Send(Message.Namespaces);
            channel.Await(Message.Mapped);
        }
        bool keepsGroups = namespaces.HasUser ? BecomeRoot(plan, isShared: namespaces.JoinUser >= 0) : DropGroups(plan);
        foreach (int i in namespaces.JoinLast)
            Join(plan, i);
        if (namespaces.Unshare != 0)
            Sys.Unshare(namespaces.Unshare, "namespaces");
        if (namespaces.NewTime)
            EnterTime(plan, channel);
        if (namespaces.SecondClone)
            CloneAgain(channel);
        if (namespaces.NewNetwork)
            Loopback.Up();
        return keepsGroups;
    }

    private static void Join(InitPlan plan, int index)
    {
        Namespace listed = plan.Namespaces.Listed[index];
        SysError error = Sys.TrySetns(plan.NamespaceFds[index]!, NamespacePlan.Flag(listed.Type), listed.Path!);
        if (error.Failed)
            throw ContainerException.From(ErrorCode.NamespaceJoin, error, $"cannot join the {listed.Name} namespace",
                $"/linux/namespaces/{index}/path", error.Errno != EINVAL ? null : listed.Type switch
                {
                    NamespaceType.User => "it is the runtime's own: omit it to inherit it",
                    NamespaceType.Pid => "it must be the runtime's own or one below that",
                    _ => null,
                });
    }

    /// <summary>
    /// setresuid clears PDEATHSIG and changes whether the process is dumpable, so both are set again. In a user namespace that an ordinary
    /// user has just created the process stays dumpable: only that user can look into it, and otherwise the user could not join its
    /// namespaces either (slirp4netns does so between create and start).
    /// </summary>
    /// <param name="isShared">Other processes are in the user namespace.</param>
    /// <returns>Whether the caller's supplementary groups stay.</returns>
    public static bool BecomeRoot(ProcessPlan plan, bool isShared)
    {
        bool keepsGroups = DropGroups(plan);
        Sys.SetResGid(0);
        Sys.SetResUid(0);
        Sys.Prctl(PR_SET_DUMPABLE, plan.IsPrivileged || isShared ? 0 : 1, "DUMPABLE");
        Sys.Prctl(PR_SET_PDEATHSIG, SIGKILL, "PDEATHSIG");
        return keepsGroups;
    }

    /// <summary>Drops the caller's supplementary groups.</summary>
    /// <returns>Whether they stay.</returns>
    public static bool DropGroups(ProcessPlan plan)
    {
        return plan.Common.KeepsGroups || Sys.TrySetGroups([]).Errno == EPERM && (plan.HasUser || SaysDeny());

        static bool SaysDeny()
        {
            using Fd? file = ProcFs.TryOpenOwn("setgroups"); // /proc may be another container's by now
            return file is not null && Sys.ReadAll(file).AsSpan().StartsWith("deny"u8);
        }
    }

    /// <summary>time_namespaces(7): unshare moves only the children, and the offsets are fixed once a process is inside.</summary>
    private static void EnterTime(InitPlan plan, Channel channel)
    {
        if (plan.IsPrivileged)
        {
            channel.Send(Message.Namespaces);
            channel.Await(Message.Mapped);
        }
        else // our /proc files may belong to a subordinate id of the user, so the parent cannot write them
            IdMaps.WriteOffsets(plan.Proc!, "self", plan.TimeOffsets);
        using Fd time = plan.Proc!.OpenMagic("self/ns/time_for_children", O_RDONLY);
        Sys.Setns(time, CLONE_NEWTIME, "time_for_children");
    }

    /// <summary>
    /// A new PID namespace holds our children, not us. Clones once more; the clone continues and is the runtime's child, as we are.
    /// </summary>
    public static void CloneAgain(Channel channel)
    {
        if (Sys.Clone(CLONE_PARENT, 0, null, out _) != 0)
            Sys.ExitGroup(0);
        ChildProcess.DieWithRuntime(channel);
        channel.Send(Message.SecondClone);
    }
}
