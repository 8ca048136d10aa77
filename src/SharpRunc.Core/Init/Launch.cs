using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>The runtime's side of the init: clones it, answers it, and knows when it waits.</summary>
internal sealed class Launch : IDisposable
{
    private const ulong AllSignals = ulong.MaxValue;

    private readonly InitPlan plan;
    private readonly Channel channel;

    private Launch(InitPlan plan, Channel channel, int pid, PidFd process)
    {
        this.plan = plan;
        this.channel = channel;
        Pid = pid;
        Process = process;
    }

    /// <summary>As the runtime's PID namespace numbers it.</summary>
    public int Pid { get; private set; }

    public PidFd Process { get; private set; }

    public void Dispose()
    {
        channel.Dispose();
        Process.Dispose();
    }

    /// <param name="cgroup">A cgroup v2 directory to be born in.</param>
    public static Launch Start(InitPlan plan, Fd? cgroup)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        Channel channel = new(ours);
        if (plan.Namespaces.SecondClone)
            Sys.PassCredentials(ours, true);
        Channel child = new(theirs);
        if (plan.IsPrivileged)
            Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE"); // CVE-2016-9962: who shares our namespaces must not look into us
        // A handler of ours would run in the child; what comes meanwhile waits.
        ulong mask = Sys.SigProcMask(SIG_SETMASK, AllSignals);
        using Fd? back = EnterPidNamespace(plan);
        int pid = Sys.Clone(plan.Namespaces.CloneFlags, SIGCHLD, cgroup, out Fd? process);
        if (pid == 0)
            Child.Run(plan, child);
        Launch launch = new(plan, channel, pid, PidFd.Own(process!));
        try
        {
            if (back is not null)
                Sys.Setns(back, CLONE_NEWPID, "own PID namespace");
            Sys.SigProcMask(SIG_SETMASK, mask);
        }
        catch
        {
            launch.Kill();
            throw;
        }
        child.Dispose();
        return launch;
    }

    /// <summary>Writes id maps and time offsets as often as the child asks, and learns its pid if it cloned itself again.</summary>
    public void ServeNamespaces()
    {
        if (plan.Namespaces.NewUser)
        {
            Expect(Message.Namespaces);
            IdMaps.Write(plan.Proc!, Pid, plan.Config.Linux);
            channel.Send(Message.Mapped);
        }
        if (plan.Namespaces.NewTime)
        {
            Expect(Message.Namespaces);
            IdMaps.WriteOffsets(plan.Proc!, Pid, plan.Config.Linux.TimeOffsets);
            channel.Send(Message.Mapped);
        }
        if (plan.Namespaces.SecondClone)
            MeetSecondClone();
        if (plan.Config.Process?.OomScoreAdj is { } score)
            SetOomScore(score);
    }

    private void SetOomScore(int score)
    {
        try
        {
            plan.Proc!.Write($"{Pid}/oom_score_adj", score.ToString());
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, $"cannot set the OOM score adjustment to {score}", "/process/oomScoreAdj", "less than the runtime's own needs CAP_SYS_RESOURCE");
        }
    }

    /// <summary>Lets the child join: its cgroups and their limits are ready.</summary>
    public void OfferCgroups(Fd[] tasks)
    {
        channel.Send(Message.Cgroups, [], tasks);
        foreach (Fd fd in tasks)
            fd.Dispose();
    }

    /// <summary>Answers the child until it waits in exec.fifo.</summary>
    /// <param name="hooks">Runs the prestart and createRuntime hooks.</param>
    public void ServeUntilReady(Action hooks)
    {
        while (true)
            switch (Receive(out _))
            {
                case Message.Ready:
                    return;
                case Message.TreeWanted:
                    SendTree(BitConverter.ToInt32(channel.Payload));
                    break;
                case Message.Mounted:
                    hooks();
                    channel.Send(Message.Go);
                    break;
                case Message.Limits:
                    Rlimits.Set(Pid, plan.Config.Process!.Rlimits);
                    channel.Send(Message.LimitsSet);
                    break;
            }
    }

    /// <summary>Ends the child, whatever it is doing, and waits for that.</summary>
    public void Kill()
    {
        Process.Signal(SIGKILL);
        Process.WaitExit(-1);
        Sys.TryWaitId(P_PID, Pid, WEXITED);
    }

    private static Fd? EnterPidNamespace(InitPlan plan)
    {
        int index = plan.Namespaces.ParentJoinsPid;
        if (index < 0)
            return null;
        Fd back = Sys.OpenAt(Fd.Cwd, "/proc/self/ns/pid_for_children", O_RDONLY);
        int error = Sys.TrySetns(plan.NamespaceFds[index]!, CLONE_NEWPID, "PID namespace");
        if (error < 0)
            throw ContainerException.From(new SysException("setns", plan.Config.Linux.Namespaces[index].Path, -error), "cannot join the PID namespace",
                $"/linux/namespaces/{index}/path", error == -EINVAL ? "the path must be a namespace of that type" : null);
        return back;
    }

    private void MeetSecondClone()
    {
        int first = Pid;
        Message kind = Known(channel.Receive(out int sender));
        if (kind != Message.SecondClone)
            throw new ContainerException($"the container's init said {kind} and not {Message.SecondClone}");
        Sys.PassCredentials(channel.Socket, false);
        Pid = sender;
        Sys.TryWaitId(P_PID, first, WEXITED);
        Process.Dispose();
        Process = PidFd.Open(Pid);
    }

    /// <summary>
    /// What only the host's root can reach is cloned here. Its flags are not locked against the container's root, as those of
    /// its own clone would be; that is what it loses, and why this is the second choice.
    /// </summary>
    private void SendTree(int index)
    {
        string path = index < 0 ? plan.Rootfs : Rootfs.MountStep.From(plan.Config.Mounts[index], index, plan.Bundle).Source;
        bool recursive = index < 0 || Spec.MountOptions.Parse(plan.Config.Mounts[index].Options).Recursive;
        using Tree? tree = Tree.TryClone(Fd.Cwd, path, recursive, out int error);
        if (tree is null)
            channel.Send(Message.Tree, BitConverter.GetBytes(-error));
        else
        {
            tree.SetPropagation(MS_SLAVE, recursive: true); // a peer of the host's mount would show what is mounted below it
            channel.Send(Message.Tree, [], [tree.Fd]);
        }
    }

    private void Expect(Message kind)
    {
        Message got = Receive(out _);
        if (got != kind)
            throw new ContainerException($"the container's init said {got} and not {kind}");
    }

    private Message Receive(out Fd[] fds) => Known(channel.Receive(out fds));

    /// <summary>A message that is a failure is thrown.</summary>
    private Message Known(Message received) => received switch
    {
        Message.Error => throw channel.ReadError(),
        Message.Failure => throw LastMileReport.Read(channel.Whole, plan.Config.Process?.Args[0] ?? "", plan.Config.Hooks.StartContainer),
        Message.None => throw Ended(),
        Message kind => kind,
    };

    /// <summary>No message: killed from outside, by its own filter, or for memory.</summary>
    private ContainerException Ended()
    {
        siginfo_t info = Sys.TryWaitId(P_PID, Pid, WEXITED | WNOWAIT);
        return info.si_code switch
        {
            CLD_EXITED => new ContainerException($"the container's init ended with status {info.si_status}"),
            CLD_KILLED or CLD_DUMPED => new InitKilledException(info.si_status),
            _ => new ContainerException("the container's init is gone"),
        };
    }
}

/// <summary>The init was killed while it was set up; the cgroup knows whether memory was the reason.</summary>
internal sealed class InitKilledException(int signal) : ContainerException($"the container's init was killed by signal {signal}");
