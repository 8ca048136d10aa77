using System;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>The runtime's side of the init: clones it, answers its requests, and returns when it waits for start.</summary>
internal sealed class InitProcess : IDisposable
{
    private readonly InitPlan plan;
    private readonly ChildProcess child;

    private InitProcess(InitPlan plan, ChildProcess child)
    {
        this.plan = plan;
        this.child = child;
    }

    /// <summary>In the numbering of the runtime's PID namespace.</summary>
    public int Pid => child.Pid;

    public PidFd Process => child.Process;

    /// <summary>The child's user namespace if that is new; set by <see cref="ServeNamespaces"/>.</summary>
    public NamespaceId? NewUserNamespace { get; private set; }

    /// <inheritdoc cref="ChildProcess.IsFrozen"/>
    public Func<int, bool>? IsFrozen { set => child.IsFrozen = value; }

    public void Dispose() => child.Dispose();

    /// <param name="cgroup">A cgroup v2 directory to clone the init into.</param>
    public static InitProcess Start(InitPlan plan, Fd? cgroup)
        => new(plan, ChildProcess.Start(plan, plan.Namespaces.CloneFlags, cgroup, InitSetup.Run));

    /// <summary>Writes id maps and time offsets as often as the child asks, and learns its pid if it cloned itself again.</summary>
    public void ServeNamespaces()
    {
        if (plan.Namespaces.NewUser)
        {
            child.Expect(Message.Namespaces);
            using (Fd made = plan.Proc!.OpenMagic($"{Pid}/ns/user", O_RDONLY))
                NewUserNamespace = NamespaceId.Of(made, "user namespace");
            IdMaps.Write(plan.Proc!, Pid, plan.UidMappings, plan.GidMappings, "/linux", plan.IsPrivileged);
            child.Channel.Send(Message.Mapped);
        }
        if (plan.Namespaces.NewTime && plan.IsPrivileged)
        {
            child.Expect(Message.Namespaces);
            IdMaps.WriteOffsets(plan.Proc!, Pid.ToString(), plan.TimeOffsets);
            child.Channel.Send(Message.Mapped);
        }
        if (plan.SecondClone)
            child.FollowSecondClone();
    }

    /// <summary>Lets the child join its cgroups, whose limits are set by now.</summary>
    /// <param name="after">To be joined after it has made its cgroup namespace.</param>
    public void SendCgroups(Fd[] before, Fd[] after)
    {
        Fd[] all = [.. before, .. after];
        child.Channel.Send(Message.Cgroups, [(byte)after.Length], all);
        foreach (Fd fd in all)
            fd.Dispose();
    }

    /// <summary>Answers the child until it waits in exec.fifo.</summary>
    /// <param name="mounted">Moves network devices in, and runs the prestart and createRuntime hooks.</param>
    /// <param name="terminal">Receives the master end of the process's terminal.</param>
    /// <param name="warn">Logs a warning of the child.</param>
    /// <param name="cgroup">For an additional process of the container: the unified directory, whose owner has not been changed yet, and v1
    /// `tasks` files.</param>
    public void ServeUntilReady(Action mounted, Action<Fd> terminal, Action<string> warn, Func<(Fd? Unified, Fd[] Tasks)> cgroup)
    {
        while (true)
            switch (child.Receive(out Fd[] fds))
            {
                case Message.Ready:
                    return;
                case Message.TreeRequest:
                    SendTree(BitConverter.ToInt32(child.Channel.Payload));
                    break;
                case Message.IdMapRequest:
                    MapIds(BitConverter.ToInt32(child.Channel.Payload), fds[0]);
                    break;
                case Message.ProcRequest:
                    SendProc(cgroup());
                    break;
                case Message.Mounted:
                    mounted();
                    child.Channel.Send(Message.Go);
                    break;
                case Message.Warning:
                    warn(KernelText.Decode(child.Channel.Payload));
                    break;
                case Message.Born:
                    child.FollowInside();
                    child.ReleaseInner();
                    break;
                case var asked:
                    child.Serve(asked, fds, terminal);
                    break;
            }
    }

    /// <summary>Kills the child, whatever it is doing, and waits for its end.</summary>
    public void Kill()
    {
        if (plan.Namespaces.JoinsMount)
            child.Dismiss();
        child.Kill();
    }

    /// <summary>
    /// In a mount namespace by path others can have put a link in the place of the source, to what they may not reach themselves.
    /// </summary>
    private void SendTree(int index)
    {
        MountStep? step = index < 0 ? null : plan.Rootfs.Mounts[index];
        bool recursive = step?.Options.Recursive ?? true, noFollow = step?.Options.SourceNoFollow ?? false;
        string source = step?.Source ?? plan.Rootfs.Path;
        int errno = EACCES;
        using Fd? tree = plan.Namespaces.JoinsMount ? null
            : TreeCloner.Clone(plan, Process, Pid, source, recursive, noFollow, out errno);
        child.Channel.Send(Message.Tree, BitConverter.GetBytes(errno), tree is null ? [] : [tree]);
    }

    private void SendProc((Fd? Unified, Fd[] Tasks) cgroup)
    {
        using Fd? context = ProcOpener.Open(plan, Process, cgroup.Unified, cgroup.Tasks, out int errno);
        child.Channel.Send(Message.Proc, BitConverter.GetBytes(errno), context is null ? [] : [context]);
        foreach (Fd file in cgroup.Tasks)
            file.Dispose();
    }

    /// <summary>
    /// Sets the id mapping of the child's tree. The kernel requires privilege over the file system's user namespace, which is usually the
    /// host's. The tree is still the child's own clone, so the flags that the host set are locked in it.
    /// </summary>
    private void MapIds(int index, Fd fd)
    {
        MountStep step = plan.Rootfs.Mounts[index];
        using Tree tree = Tree.Adopt(fd, step.Destination);
        Fd? own = plan.Rootfs.MountMappings is { Length: > 0 } mappings ? mappings[index] : null;
        using Fd? containers = own is null ? plan.Proc!.OpenMagic($"{Pid}/ns/user", O_RDONLY) : null;
        SysError error = tree.TryMapIds(own ?? containers!, step.Options.RIdMap);
        child.Channel.Send(Message.IdMapped, BitConverter.GetBytes(error.Errno));
    }
}
