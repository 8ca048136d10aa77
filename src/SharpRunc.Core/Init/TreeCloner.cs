using System;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Clones a mount source that the container's mapped root cannot reach, by a process with our credentials in the child's mount namespace.
/// There the host's flags and mounts are locked (mount_namespaces(7), "Restrictions on mount namespaces"), and a clone keeps the locks.
/// Cloned in our own, root of the container could make it writable again, or unmount what hides a part of it.
/// </summary>
internal static class TreeCloner
{
    /// <param name="child">It is in its mount namespace, and its root is not switched yet.</param>
    /// <param name="pid">The child's.</param>
    /// <param name="errno">0 if there is a tree.</param>
    public static Fd? Clone(InitPlan plan, PidFd child, int pid, string source, bool recursive, bool noFollow, out int errno)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        using Channel channel = new(ours);
        int cloned = Sys.Clone(0, SIGCHLD, null, out Fd? process);
        if (cloned == 0)
            Run(plan, child, pid, source, recursive, noFollow, new Channel(theirs));
        using PidFd cloner = PidFd.Own(process!);
        theirs.Dispose();
        Message answer;
        Fd[] fds;
        try
        {
            Interruption.Poll([new pollfd { fd = ours.Number, events = POLLIN }], -1);
            answer = channel.Receive(out fds);
        }
        finally
        {
            cloner.EndAndReap(cloned);
        }
        errno = answer != Message.Tree ? ESRCH : fds.Length == 1 ? 0 : BitConverter.ToInt32(channel.Payload);
        return fds.Length == 1 ? fds[0] : null;
    }

    /// <summary>Never returns.</summary>
    private static void Run(InitPlan plan, PidFd child, int pid, string source, bool recursive, bool noFollow, Channel channel)
    {
        try
        {
            Interruption.Disable();
            Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE"); // before it joins a namespace in which others are root
            ChildProcess.DieWithRuntime(channel);
            using Fd root = (plan.Proc ?? ProcFs.Open()).OpenMagic($"{pid}/root", O_PATH | O_DIRECTORY);
            Sys.Setns(child.Fd, CLONE_NEWNS, "the container's mount namespace");
            Sys.Fchdir(root, "root");
            Sys.Chroot("."); // setns leads to the namespace's own root, which ours need not be
            using Tree tree = Tree.TryClone(Fd.Cwd, source, recursive, out SysError error, noFollow: noFollow) ?? throw error.ToException();
            tree.SetPropagation(MS_SLAVE, recursive: true); // a peer of the host's mount would show later mounts below it
            channel.Send(Message.Tree, [], [tree.Fd]);
        }
        catch (SysException e)
        {
            channel.Send(Message.Tree, BitConverter.GetBytes(e.Errno));
        }
        finally
        {
            Sys.ExitGroup(0);
        }
    }
}
