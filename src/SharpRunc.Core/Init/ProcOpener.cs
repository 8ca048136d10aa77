using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Opens a procfs for a PID namespace by path. Up to Linux 6.17 a procfs shows the PID namespace of the process that opens it, so a process
/// inside must do it. Others see that process from its first moment. It is in the container's cgroup and namespaces, in an unmapped user
/// namespace, and in an empty mount namespace. It has none of our memory, and makes one call.
/// </summary>
internal static unsafe class ProcOpener
{
    private const int StackSize = 64 * 1024, PatienceMilliseconds = 10_000;

    /// <summary>Called in the runtime.</summary>
    /// <param name="child">The process that needs it; it is in the container's namespaces by now.</param>
    /// <param name="unified">The container's unified cgroup, if there is one.</param>
    /// <param name="tasks">The container's v1 `tasks` files.</param>
    /// <returns>The descriptor from fsopen(2); null if refused.</returns>
    public static Fd? Open(InitPlan plan, PidFd child, Fd? unified, Fd[] tasks, out int errno)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        using Channel channel = new(ours);
        Sys.PassCredentials(ours, true);
        int pid = Sys.Clone(0, SIGCHLD, unified, out Fd? process);
        if (pid == 0)
            Run(plan, child, tasks, new Channel(theirs));
        using PidFd opener = PidFd.Own(process!);
        theirs.Dispose();
        // It may be frozen by the cgroup, or stopped as soon as it is visible.
        bool isSilent = Interruption.Poll([new pollfd { fd = ours.Number, events = POLLIN }], PatienceMilliseconds) == 0;
        if (isSilent)
            opener.Signal(SIGKILL);
        Fd[] fds = [];
        Message answer = isSilent ? Message.None : channel.Receive(out fds);
        opener.EndAndReap(pid);
        // The process inside shares its descriptors, the channel included, and its tracer could answer in its place.
        bool isAnswer = answer == Message.Proc && channel.Sender == pid;
        errno = isSilent ? ETIMEDOUT : ESRCH;
        if (isAnswer)
            errno = System.BitConverter.ToInt32(channel.Payload);
        Fd? opened = null;
        foreach (Fd fd in fds)
            if (isAnswer && opened is null)
                opened = fd;
            else
                fd.Dispose();
        return opened;
    }

    /// <summary>Never returns.</summary>
    private static void Run(InitPlan plan, PidFd child, Fd[] tasks, Channel channel)
    {
        int answer;
        try
        {
            Interruption.Disable();
            Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE"); // before it joins a namespace in which others are root
            ChildProcess.DieWithRuntime(channel);
            Sys.SetSid(); // detaches from the caller's terminal
            foreach (Fd file in tasks)
                Sys.Write(file, "0"u8, "tasks");
            EnterNamespaces(plan, child);
            Native.Begin();
            ProcBirth* data = (ProcBirth*)Native.Allocate(sizeof(ProcBirth));
            data->Type = Native.String("proc");
            data->Filter = Filter();
            data->Stack = Native.Allocate(StackSize) + StackSize;
            data->Dropped = (PageRange*)Native.Allocate(sizeof(PageRange) * 4);
            data->DroppedCount = Sys.PagesWithout(Native.Chunks, data->Dropped);
            Sys.TryCloseRange(0, channel.Socket.Number - 1);
            Sys.TryCloseRange(channel.Socket.Number + 1, int.MaxValue);
            Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE"); // unshare has reset it
            answer = ProcBirth.Open(data);
        }
        catch (SysException e)
        {
            answer = -e.Errno;
        }
        int error = answer < 0 ? -answer : 0;
        Fd[] opened = answer < 0 ? [] : [Fd.Own(answer)];
        channel.Send(Message.Proc, System.BitConverter.GetBytes(error), opened);
        Sys.ExitGroup(0);
    }

    private static void EnterNamespaces(InitPlan plan, PidFd child)
    {
        Namespace[] listed = plan.Namespaces.Listed;
        ulong joined = 0;
        foreach (Namespace entry in listed)
            joined |= NamespacePlan.Flag(entry.Type) & (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS);
        if (plan.IsPrivileged)
            JoinPid(plan, listed);
        if (joined != 0)
            Sys.Setns(child.Fd, joined, "the container's namespaces");
        if (plan.HasUser)
            InitSetup.BecomeRoot(plan, isShared: true); // an id without a mapping may not make a user namespace
        if (!plan.IsPrivileged)
            JoinPid(plan, listed);
        Sys.Unshare(CLONE_NEWUSER | CLONE_NEWNS, "user and mount namespace");
        using Tree empty = Tree.Create("tmpfs", null, [], MOUNT_ATTR_RDONLY);
        using (Fd slash = Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY))
            empty.AttachTo(slash);
        Sys.Fchdir(empty.Fd, "empty root");
        Sys.PivotRootHere();
        SysError error = Sys.TryUmount(".", MNT_DETACH);
        if (error.Failed)
            throw error.On("old root").ToException();
        Sys.Chdir("/");
    }

    /// <summary>
    /// A tracer inside could make the process do whatever root of a user namespace may do, so the filter allows only what it needs.
    /// </summary>
    private static sock_fprog* Filter()
    {
        SeccompProgram program = SeccompProgram.Refusing(EPERM).Admitting(
        [
            new(SYS_fsopen), new(SYS_exit_group), new(SYS_prctl, 0, PR_SET_PDEATHSIG),
            // For the process outside, until it has sent the descriptor.
            new(SYS_clone, 0, CLONE_FILES | SIGCHLD), new(SYS_waitid), new(SYS_sendmsg), new(SYS_mmap), new(SYS_munmap),
        ])!;
        return LastMileLayout.CopyFilter(program);
    }

    private static void JoinPid(InitPlan plan, Namespace[] listed)
    {
        for (int i = 0; i < listed.Length; i++)
            if (listed[i].Type == NamespaceType.Pid)
                Sys.Setns(plan.NamespaceFds[i]!, CLONE_NEWPID, listed[i].Path!);
    }
}
