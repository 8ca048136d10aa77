using System;
using System.Runtime.InteropServices;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

// How the runtime answers the requests of a child that waits.
internal sealed partial class ChildProcess
{
    private bool hasListener;
    private Fd? listener;

    /// <summary>
    /// Answers a request that any child may make, the init or an exec process; other messages are handled by the callers that wait for
    /// them.
    /// </summary>
    /// <param name="terminal">Receives the master end of the process's terminal.</param>
    public void Serve(Message asked, Fd[] fds, Action<Fd> terminal)
    {
        switch (asked)
        {
            case Message.Console:
                SendTerminal(fds, terminal);
                break;
            case Message.StdioOwner:
                SetStdioOwner(fds);
                break;
            case Message.DeviceRequest:
                ReopenDevice(fds);
                break;
            case Message.Rlimits:
                SetLimits();
                break;
            case Message.Listener:
                SendListener();
                break;
        }
    }

    /// <summary>Lets the process inside continue.</summary>
    public void ReleaseInner()
    {
        Schedule();
        Rlimits.LowerProcesses(Pid, plan.Process);
        if (listener is not null)
            plan.Listener!.Send(listener, Pid);
        Channel.Send(Message.Go);
    }

    private void Schedule()
    {
        if (plan.IsScheduledFromOutside)
            Require(LastMileStage.Scheduler, Sys.TrySchedSetAttr(Pid, Scheduling.Attributes(plan.Process!.Scheduler!)));
        if (plan.IsPrioritizedFromOutside)
            Require(LastMileStage.IoPriority, Sys.TryIoPrioSet(Pid, Scheduling.IoPriority(plan.Process!.IoPriority!.Value)));
    }

    /// <summary>What the runtime does for the last mile fails with the words of the last mile.</summary>
    private static void Require(LastMileStage stage, SysError error)
    {
        if (error.Failed)
            throw LastMileReport.For(stage, error.Errno);
    }

    /// <summary>Message.Console: the program must find its terminal complete, size included, so the child waits for us.</summary>
    private void SendTerminal(Fd[] fds, Action<Fd> take)
    {
        take(fds[0]);
        Channel.Send(Message.ConsoleReceived);
    }

    /// <summary>Message.StdioOwner: from inside a user namespace the owner of one of our pipes cannot be changed.</summary>
    private void SetStdioOwner(Fd[] fds)
    {
        using (fds[0])
            Stdio.SetOwnerInRuntime(fds[0], BitConverter.ToUInt32(Channel.Payload), IdMaps.OfProcess(Pid, "uid_map"));
        Channel.Send(Message.StdioOwnerSet);
    }

    /// <summary>Message.DeviceRequest: only a process that sees the host's mounts can clone one of its nodes.</summary>
    private void ReopenDevice(Fd[] fds)
    {
        try
        {
            using (fds[0])
            using (Fd again = Rootfs.HostNode.Reopen(fds[0], "standard stream"))
                Channel.Send(Message.Device, [], [again]);
        }
        catch (SysException e)
        {
            Channel.Send(Message.Device, BitConverter.GetBytes(e.Errno));
        }
    }

    /// <summary>Message.Rlimits: set from outside, because a process in a user namespace cannot raise its own.</summary>
    private void SetLimits()
    {
        Rlimits.Set(Pid, plan.Process!.Rlimits, givesBirth: plan.IsBornInside);
        if (!plan.IsBornInside)
            Schedule();
        Channel.Send(Message.RlimitsSet);
    }

    /// <summary>
    /// Message.Listener: from the next call on the filter may block the child, so it waits until the listener can release it.
    /// </summary>
    private void SendListener()
    {
        if (plan.Listener is null || hasListener || !MemoryMarshal.TryRead(Channel.Whole, out ListenerNumber told))
            throw Unexpected(Message.Listener);
        hasListener = true;
        Fd filter = Process.CopyOf(told.Fd);
        if (!IsListener(filter))
        {
            filter.Dispose();
            throw new ContainerException(ErrorCode.SeccompListener, "the process sent a descriptor that is not its seccomp listener")
            {
                Pointer = LastMileReport.Profile,
            };
        }
        if (plan.IsBornInside && outerPid == 0)
            listener = filter; // for the process to be born; until then the filter blocks nothing
        else
            using (filter)
                plan.Listener.Send(filter, Pid);
        Channel.Send(Message.ListenerReceived);
    }

    /// <summary>
    /// A tracer of the process inside chooses the number that it reports, so the descriptor is checked. A path would begin with "/".
    /// </summary>
    private static bool IsListener(Fd filter) => ProcFs.TryPathOf(filter) == "anon_inode:seccomp notify";

    private void CloseListener()
    {
        listener?.Dispose();
        listener = null;
    }
}
