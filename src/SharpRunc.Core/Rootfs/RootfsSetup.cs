using System;
using System.Collections.Generic;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>The container's file system: propagation, root, mounts in their order, devices; then the switch of roots and the masks.</summary>
internal sealed class RootfsSetup(InitPlan plan, Channel channel)
{
    private readonly List<(Tree Tree, ulong Attributes)> sealedLater = [];
    private Tree? rootTree, attached;
    private Inode? rootInode;
    private readonly string[] masked = HeldMounts.Tidy(plan.Config.Linux.MaskedPaths);
    private readonly string[] readOnly = HeldMounts.Tidy(plan.Config.Linux.ReadonlyPaths);
    private Tree? nullDevice;
    private bool joined;

    /// <summary>The container's root: before the switch its mount, after it the same.</summary>
    public Root Root { get; private set; } = null!;

    public InitPlan Plan => plan;

    /// <summary>What the host mounts does not come in, unless a mount's own options say so.</summary>
    public bool IsPrivate { get; } = Pivot.IsPrivate(plan.Config.Linux.RootfsPropagation);

    public HeldMounts Held { get; private set; } = null!;

    /// <summary>The root is mounted over the host's /, and not where it lies.</summary>
    public bool CoversSlash { get; private set; }

    /// <summary>Everything that happens while the host is still visible.</summary>
    public void Prepare()
    {
        Held = new(masked, readOnly);
        if (plan.Namespaces.HasMount)
            AttachRoot();
        else
            FindRoot();
        if (masked.Length > 0 && plan.Namespaces.MayMount)
            nullDevice = DeviceNodes.Null(plan.Nodes);
        Mounts mounts = new(this);
        mounts.Make();
        Devices.Make(Root, plan, mounts.HasDevBind);
    }

    /// <summary>Makes it so when all mounts and their mount points are there: a read-only tmpfs holds other mount points.</summary>
    public void SealLater(Tree tree, ulong attributes) => sealedLater.Add((tree, attributes));

    /// <summary>Also before a mount on /, which covers them, or is a copy of them as they are then.</summary>
    public void SealNow()
    {
        foreach ((Tree tree, ulong attributes) in sealedLater)
            tree.Set(attributes, 0);
        sealedLater.Clear();
    }

    /// <summary>Takes an attached mount over. On / it is the root from now on, and everything else is looked up from it.</summary>
    public void Take(MountStep step, Tree tree, bool shared = false)
    {
        if (step.IsRoot)
        {
            if (rootTree != attached)
                rootTree!.Dispose();
            rootTree = tree;
            Root = new Root(tree.Fd);
        }
        Held.Take(step.Destination, tree, shared || step.IsRoot);
    }

    /// <summary>By whatever name it was found.</summary>
    public bool IsRoot(Inode place)
    {
        rootInode ??= Inode.Of(Root.Directory, "/"); // after all mounts: no other takes its place
        return place.MountId == rootInode.Value.MountId && place.IsSameAs(rootInode.Value);
    }

    /// <summary>With all that is mounted below it, as for any other read-only path.</summary>
    public void SealRoot() => rootTree!.Set(MOUNT_ATTR_RDONLY, 0, recursive: true);

    /// <summary>Something is not as asked for, and that is no reason to fail.</summary>
    public void Warn(string message) => channel.Send(Message.Warning, KernelText.Encode(message));

    /// <summary>
    /// A single-threaded process that writes "0" to a v1 `tasks` file moves at once, where moving another waits for an RCU
    /// grace period. On v2 clone3 has put us there. Then the cgroup namespace, whose root is where we are.
    /// </summary>
    public void JoinCgroup()
    {
        if (joined)
            return;
        joined = true;
        Fd[] places = channel.Await(Message.Cgroups);
        int outside = places.Length - channel.Payload[0];
        Enter(places.AsSpan(..outside));
        if (plan.Namespaces.NewCgroup)
            Sys.Unshare(CLONE_NEWCGROUP, "cgroup namespace");
        Enter(places.AsSpan(outside..));

        static void Enter(ReadOnlySpan<Fd> places)
        {
            foreach (Fd tasks in places)
                using (tasks)
                    Sys.Write(tasks, "0"u8, "tasks");
        }
    }

    /// <summary>A tree that the runtime clones for us, where the mapped root of a user namespace cannot reach the source.</summary>
    /// <param name="index">Of mounts[]; −1 for the root.</param>
    public Tree Ask(int index, string path)
    {
        channel.Send(Message.TreeWanted, BitConverter.GetBytes(index));
        Fd[] fds = channel.Await(Message.Tree);
        if (fds.Length == 0)
            throw new SysException("open_tree", path, BitConverter.ToInt32(channel.Payload));
        return Tree.Adopt(fds[0], path);
    }

    /// <summary>A procfs that someone in the container's PID namespace has opened.</summary>
    public Fd? AskProc(out int error)
    {
        channel.Send(Message.ProcWanted);
        Fd[] fds = channel.Await(Message.Proc);
        error = BitConverter.ToInt32(channel.Payload);
        return fds.Length > 0 ? fds[0] : null;
    }

    /// <summary>config.md#mounts, uidMappings and gidMappings: before the tree is attached, the only time when the kernel lets it be done.</summary>
    public void MapIds(MountStep step, Tree tree)
    {
        channel.Send(Message.IdMapWanted, BitConverter.GetBytes(step.Index), [tree.Fd]);
        channel.Await(Message.IdMapped);
        if (BitConverter.ToInt32(channel.Payload) is var error and not 0)
            throw IdMapping.Refused(step, error);
    }

    /// <summary>The new root becomes /, and what the spec wants hidden or read-only is made so.</summary>
    public void Switch()
    {
        Steps.Say($"root {plan.Rootfs}: switched to by {(plan.NoPivot ? "chroot" : "pivot_root")}; masked {string.Join(' ', plan.Config.Linux.MaskedPaths)}; read-only {string.Join(' ', plan.Config.Linux.ReadonlyPaths)}");
        Pivot.Into(this);
        MakeCwd();
        if (plan.Process is { Terminal: true })
            Terminal.GiveInit(Root, plan, channel, withConsole: plan.Namespaces.MayMount);
        SealNow();
        if (plan.Namespaces.MayMount)
        {
            ReadonlyPaths.Apply(this, readOnly);
            MaskedPaths.Apply(this, masked, nullDevice, plan.Config.Linux.MountLabel);
            if (plan.Config.Root!.Readonly)
                rootTree!.Set(MOUNT_ATTR_RDONLY, 0);
            Pivot.ApplyPropagation(plan.Config.Linux.RootfsPropagation); // last: an unbindable path could not be made read-only
        }
    }

    /// <summary>After a failure: a mount namespace by path outlives the container, and what was mounted in it goes with the root that it is below.</summary>
    public void TakeBack()
    {
        foreach (Tree? tree in (Tree?[])[attached, attached is null ? null : plan.Nodes])
        {
            if (tree is null)
                continue;
            Sys.Fchdir(tree.Fd, "rootfs");
            while (Sys.TryUmount(".", MNT_DETACH) == 0) // the uppermost on it first; the failure that led here is the one to tell
            {
            }
        }
    }

    /// <summary>In the runtime's mount namespace it has been bound over itself, where it can be.</summary>
    private void FindRoot()
    {
        rootTree = Tree.Adopt(Sys.OpenAt(Fd.Cwd, plan.Rootfs, O_PATH | O_DIRECTORY), plan.Rootfs);
        Root = new Root(rootTree.Fd);
    }

    private void AttachRoot()
    {
        Pivot.PreparePropagation(plan);
        Tree? tree = Tree.TryClone(Fd.Cwd, plan.Rootfs, recursive: true, out int error);
        CoversSlash = tree is null && error == -EACCES && plan.Namespaces.HasUser;
        if (tree is null)
            tree = CoversSlash ? Ask(-1, plan.Rootfs) : throw ContainerException.From(
                new SysException("open_tree", plan.Rootfs, -error), "cannot open the root file system", "/root/path");
        if (IsPrivate)
            tree.SetPropagation(MS_PRIVATE, recursive: true);
        // Where it lies, so that createContainer hooks find it there; a mapped root that cannot get there covers / instead, and sees it no more.
        using (Fd place = Sys.OpenAt(Fd.Cwd, CoversSlash ? "/" : plan.Rootfs, O_PATH | O_DIRECTORY))
        {
            // Below the root nobody looks for them; the kernel clones only what is mounted in the namespace of who asks.
            plan.Nodes?.AttachTo(place);
            tree.AttachTo(place);
        }
        attached = tree;
        rootTree = tree;
        Root = new Root(tree.Fd);
    }

    /// <summary>runc makes a missing working directory; we do so only when no path leads to the host, and while a read-only root can still be written.</summary>
    private void MakeCwd()
    {
        if (plan.Config.Process is not { } process)
            return;
        // A magic link is refused here and found by the getcwd check of the last mile (CVE-2024-21626).
        using Fd? there = Root.Find(process.Cwd, throwing: false);
        if (there is null)
            Root.TryMakeDirectory(process.Cwd);
    }
}
