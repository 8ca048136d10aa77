using System;
using System.Runtime.InteropServices;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A clone of the runtime that will execute a program, and the channel to it. This is what the init and an exec process have in common.
/// </summary>
internal sealed partial class ChildProcess : IDisposable
{
    private const ulong AllSignals = ulong.MaxValue;
    private const int DismissMilliseconds = 2000, EndMilliseconds = 10_000;

    private readonly ProcessPlan plan;
    private HoldCheck hold = new(isFrozen: null);
    private int outerPid;
    private PidFd? outerProcess;

    private ChildProcess(ProcessPlan plan, Channel channel, int pid, PidFd process)
    {
        this.plan = plan;
        Channel = channel;
        Pid = pid;
        Process = process;
    }

    public Channel Channel { get; }

    /// <summary>In the numbering of the runtime's PID namespace.</summary>
    public int Pid { get; private set; }

    public PidFd Process { get; private set; }

    public void Dispose()
    {
        Channel.Dispose();
        Process.Dispose();
        outerProcess?.Dispose();
        CloseListener();
    }

    /// <param name="flags">CLONE_NEW….</param>
    /// <param name="cgroup">A cgroup v2 directory to clone the child into.</param>
    /// <param name="run">Runs in the child: set-up and the last mile. It ends by executing the program; an exception is reported to
    /// us.</param>
    public static ChildProcess Start<TPlan>(TPlan plan, ulong flags, Fd? cgroup, Action<TPlan, Channel> run)
        where TPlan : ProcessPlan
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        Channel channel = new(ours);
        if (plan.SecondClone || plan.IsBornInside)
            Sys.PassCredentials(ours, true);
        Channel child = new(theirs);
        if (plan.IsPrivileged)
            Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE"); // CVE-2016-9962: a process that shares our namespaces must not look into us
        // One of our handlers would run in the child; signals that arrive in the meantime stay pending.
        ulong mask = Sys.SigProcMask(SIG_SETMASK, AllSignals);
        int pid;
        Fd? process;
        try
        {
            pid = Sys.Clone(flags, SIGCHLD, cgroup, out process);
        }
        catch (SysException)
        {
            Sys.SigProcMask(SIG_SETMASK, mask);
            channel.Dispose();
            child.Dispose();
            throw;
        }
        if (pid == 0)
        {
            channel.Dispose(); // or the child would never see it close
            Interruption.Disable();
            Trace.EnterChild();
            Run(plan, child, run);
        }
        child.Dispose();
        Trace.ChildIs(pid);
        ChildProcess started = new(plan, channel, pid, PidFd.Own(process!));
        try
        {
            Sys.SigProcMask(SIG_SETMASK, mask);
        }
        catch
        {
            started.Kill();
            throw;
        }
        return started;
    }

    /// <summary>Never returns: it executes the program, or reports the failure and exits.</summary>
    private static void Run<TPlan>(TPlan plan, Channel channel, Action<TPlan, Channel> run)
    {
        ContainerException failure;
        try
        {
            DieWithRuntime(channel);
            run(plan, channel);
            return;
        }
        catch (ContainerException e)
        {
            failure = e;
        }
        catch (SysException e)
        {
            failure = ContainerException.From(ErrorCode.HostCallFailed, e, "container set-up");
        }
        catch (Exception e)
        {
            failure = new ContainerException(ErrorCode.Internal, $"container set-up: {e.Message}", e);
        }
        channel.SendError(failure);
        Sys.ExitGroup(1);
    }

    /// <summary>The runtime may be gone already, in which case no signal comes.</summary>
    public static void DieWithRuntime(Channel channel)
    {
        Sys.Prctl(PR_SET_PDEATHSIG, SIGKILL, "PDEATHSIG");
        if (channel.IsClosed)
            Sys.ExitGroup(1);
    }

    /// <summary>
    /// Whether the process with this pid, of the child, is frozen by its cgroup; not set: it may be frozen, and the wait has no limit.
    /// </summary>
    public Func<int, bool>? IsFrozen { set => hold = new(value); }

    /// <summary>The same, with whether the wait goes on then, and who is told that it is slow.</summary>
    public HoldCheck Hold { set => hold = value; }

    /// <summary>Receives the second clone of the child, whose message credentials have its pid.</summary>
    public void FollowSecondClone()
    {
        int first = Pid;
        AwaitMessage();
        Message kind = ThrowIfFailure(Channel.Receive(out _));
        if (kind != Message.SecondClone)
            throw Unexpected(kind, Message.SecondClone);
        Pid = Channel.Sender;
        Trace.ChildIs(Pid);
        Process.EndAndReap(first);
        Process.Dispose();
        Process = PidFd.Open(Pid);
    }

    /// <summary>Message.Born: from here on the child is the process inside. The one outside is exiting, and is reaped at the end.</summary>
    public void FollowInside()
    {
        outerPid = Pid;
        // Reported by the process outside. It cannot be another process's pid: it is our child, and not reaped.
        Pid = MemoryMarshal.Read<BornMessage>(Channel.Whole).Pid;
        Trace.ChildIs(Pid);
        outerProcess = Process;
        try
        {
            Process = PidFd.Open(Pid);
        }
        catch
        {
            Sys.TryKill(Pid, SIGKILL); // it has no pidfd, and the former pidfd's process has ended
            throw;
        }
    }

    /// <summary>Closes the channel, whereupon the child rolls back what it can and exits, and waits for that.</summary>
    public void Dismiss()
    {
        Channel.Dispose();
        Process.WaitExit(DismissMilliseconds);
    }

    /// <summary>Kills the child and reaps it.</summary>
    public void Kill()
    {
        Process.EndAndReap(Pid);
        Reap();
    }

    /// <summary>Reaps the process outside. It is exiting, unless another process has frozen or stopped it.</summary>
    private void Reap()
    {
        if (outerPid > 0)
            outerProcess!.EndAndReap(outerPid);
        outerPid = -1;
    }

    public void Expect(Message kind)
    {
        Message got = Receive(out _);
        if (got != kind)
            throw Unexpected(got, kind);
    }

    /// <summary>Receives a message. A failure message is thrown as an exception, and so is an end without a message.</summary>
    /// <param name="fds">The descriptors sent with it.</param>
    public Message Receive(out Fd[] fds)
    {
        AwaitMessage();
        Message received = Channel.Receive(out fds);
        bool isKnown = !plan.IsBornInside || Channel.Whole.IsEmpty || received == Message.Failure || MaySend(received);
        if (!isKnown || outerPid != 0)
            Close(ref fds);
        return isKnown ? ThrowIfFailure(received) : throw Unexpected(received);
    }

    /// <summary>
    /// Whether the sender may send this message. From its birth on the process inside holds the channel, and so does any process that may
    /// trace it: none of their requests is answered. Until we know the pid inside, only the process outside may ask. After that, the only
    /// valid messages are that the process waits, or why it does not.
    /// </summary>
    private bool MaySend(Message message) => outerPid == 0 ? Channel.Sender == Pid : message is Message.Ready or Message.Listener;

    /// <summary>
    /// Closes descriptors sent by the process inside. None of its valid messages has any, and a foreign one would stay open here as long as
    /// we wait.
    /// </summary>
    private static void Close(ref Fd[] fds)
    {
        foreach (Fd fd in fds)
            fd.Dispose();
        fds = [];
    }

    /// <summary>Waits, after Ready, for execve to close the socket.</summary>
    public void AwaitExecution()
    {
        if (Execution.Await(Channel.Socket, Process.Fd, Pid, hold))
        {
            Message received = Channel.Receive(out Fd[] fds);
            Close(ref fds);
            if (received == Message.Failure)
                throw Failure();
            if (Execution.HasFailed(Pid, startTime: 0))
                throw Ended();
        }
        Reap();
    }

    /// <summary>Waits for a message. The child may be traced or slow, so a signal must still be able to end us.</summary>
    private void AwaitMessage()
    {
        // If the process outside is killed before it can report, the one born inside keeps the channel open and waits for us.
        bool isBorn = !plan.IsBornInside || outerPid != 0;
        Span<pollfd> wait =
        [
            new pollfd { fd = Channel.Socket.Number, events = POLLIN },
            new pollfd { fd = isBorn ? -1 : Process.Fd.Number, events = POLLIN },
        ];
        hold.Await(wait, Pid);
        if (wait[0].revents == 0 && wait[1].revents != 0 && !Channel.HasMessage)
            throw Ended();
    }

    private Message ThrowIfFailure(Message received)
    {
        if (received is Message.Ready or Message.Error or Message.Failure or Message.None)
            Trace.ChildEnds(failed: received != Message.Ready);
        return received switch
        {
            Message.Error => throw Channel.ReadError(),
            Message.Failure => throw Failure(),
            Message.None => throw Ended(),
            Message kind => kind,
        };
    }

    private ContainerException Failure()
    {
        Progress.Enter(Stage.LastMile);
        string program = plan.Process?.Args[0] ?? "";
        return LastMileReport.Read(Channel.Whole, program, plan.StartHooks, plan.Process, plan.Common.Cpus, plan.CwdFlag);
    }

    private static ContainerException Unexpected(Message got)
        => new(ErrorCode.ProcessReport, $"unexpected message {got} from the container's process, or from another process in its place");

    private static ContainerException Unexpected(Message got, Message wanted)
        => new(ErrorCode.ProcessReport, $"unexpected message {got} from the container's process (expected {wanted})");

    /// <summary>
    /// The error for a child that ended without a message: killed from outside, by its own filter, or for lack of memory.
    /// </summary>
    private ContainerException Ended()
    {
        Span<pollfd> wait = [new pollfd { fd = Process.Fd.Number, events = POLLIN }];
        Interruption.Poll(wait, EndMilliseconds); // a tracer inside can close its channel and keep it alive
        siginfo_t info = Sys.TryWaitId(P_PID, Pid, WEXITED | WNOWAIT | WNOHANG);
        return info.si_code switch
        {
            CLD_EXITED => LastMileReport.ForStatus(info.si_status, isFiltered: plan.Seccomp is not null),
            CLD_KILLED or CLD_DUMPED => KilledException.By(info.si_status, isFiltered: plan.Seccomp is not null),
            _ => new ContainerException(ErrorCode.ProcessEnded, "the container's process has ended"),
        };
    }
}
