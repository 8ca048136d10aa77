using System;
using System.Collections.Generic;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Sets up the container's file system: propagation, root, mounts in their order and devices; then the switch of roots and the masks.
/// </summary>
internal sealed class RootfsSetup(InitPlan plan, Channel channel)
{
    private readonly List<(Tree Tree, ulong Attributes)> sealedLater = [];
    private Tree? rootTree, attached;
    private Inode? rootInode;
    private readonly RootfsPlan asked = plan.Rootfs;
    private Tree? nullDevice;
    private bool joined;

    /// <summary>The container's root; the same mount before and after the switch.</summary>
    public Root Root { get; private set; } = null!;

    public InitPlan Plan => plan;

    /// <summary>What the config mounts on /dev, wherever that leads in the image; null: nothing.</summary>
    public ulong? DevMount { get; private set; }

    public HeldMounts Held { get; private set; } = null!;

    /// <summary>The root is attached over the host's /, not at its own path.</summary>
    public bool CoversSlash { get; private set; }

    /// <summary>Does everything that needs the host to be visible.</summary>
    public void Prepare()
    {
        Progress.Enter(Stage.Mounts);
        Held = new(asked.Masked, asked.ReadOnly);
        if (plan.Namespaces.HasMount)
            AttachRoot();
        else
            FindRoot();
        Mounts mounts = new(this);
        mounts.Make();
        Progress.Enter(Stage.Devices);
        Devices.Make(this, mounts.HasDevBind);
        if (asked.Masked.Length > 0 && plan.Namespaces.MayMount)
            nullDevice = DeviceNodes.CloneNull(asked.Nodes, Root, DevMount);
    }

    /// <summary>
    /// Sets the attributes when all mounts and their mount points exist: a read-only tmpfs may contain other mount points.
    /// </summary>
    public void DeferAttributes(Tree tree, ulong attributes) => sealedLater.Add((tree, attributes));

    /// <summary>
    /// Sets the deferred attributes. Also called before a mount on /, which covers these mounts, or is a copy of them in their present
    /// state.
    /// </summary>
    public void ApplyDeferredAttributes()
    {
        foreach ((Tree tree, ulong attributes) in sealedLater)
            tree.Set(attributes, 0);
        sealedLater.Clear();
    }

    /// <summary>Takes ownership of an attached mount. A mount on / becomes the root, and everything later is looked up from it.</summary>
    public void Hold(MountStep step, Tree tree, bool shared = false)
    {
        if (step.IsRoot)
        {
            if (rootTree != attached)
                rootTree!.Dispose();
            rootTree = tree;
            Root = new Root(tree.Fd);
            DevMount = null;
        }
        else if (step.Destination == "/dev")
            DevMount = Inode.Of(tree.Fd, "/dev").MountId;
        Held.Hold(step.Destination, tree, shared || step.IsRoot);
    }

    /// <summary>Whether this is the root, under any path.</summary>
    public bool IsRoot(Inode place)
    {
        rootInode ??= Inode.Of(Root.Directory, "/"); // after all mounts, so that no other can take its place
        return place.MountId == rootInode.Value.MountId && place.IsSameAs(rootInode.Value);
    }

    /// <summary>Makes the root read-only with all mounts below it, as for any other read-only path.</summary>
    public void MakeRootReadOnly() => rootTree!.Set(MOUNT_ATTR_RDONLY, 0, recursive: true);

    /// <summary>Has the runtime log a warning: something is not as requested, but that is not an error.</summary>
    public void Warn(string message) => channel.Send(Message.Warning, KernelText.Encode(message));

    /// <summary>
    /// Joins the cgroups. A single-threaded process that writes "0" to a v1 `tasks` file moves at once, whereas moving another process
    /// waits for an RCU grace period. On v2 clone3 has put us there. Then makes the cgroup namespace, whose root is our cgroup.
    /// </summary>
    public void JoinCgroup()
    {
        if (joined)
            return;
        joined = true;
        Progress.Enter(Stage.Cgroup);
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

    /// <summary>Has the runtime clone a tree for us, if the mapped root of a user namespace cannot access the source.</summary>
    /// <param name="index">Index into mounts[]; −1 for the root.</param>
    public Tree RequestTree(int index, string path)
    {
        channel.Send(Message.TreeRequest, BitConverter.GetBytes(index));
        Fd[] fds = channel.Await(Message.Tree);
        if (fds.Length == 0)
            throw new SysException("open_tree", path, BitConverter.ToInt32(channel.Payload));
        return Tree.Adopt(fds[0], path);
    }

    /// <summary>Requests a procfs opened by a process in the container's PID namespace.</summary>
    public Fd? RequestProc(out int errno)
    {
        channel.Send(Message.ProcRequest);
        Fd[] fds = channel.Await(Message.Proc);
        errno = BitConverter.ToInt32(channel.Payload);
        return fds.Length > 0 ? fds[0] : null;
    }

    /// <summary>
    /// config.md#mounts, uidMappings and gidMappings: must be done before the tree is attached, because the kernel allows it only then.
    /// </summary>
    public void MapIds(MountStep step, Tree tree)
    {
        channel.Send(Message.IdMapRequest, BitConverter.GetBytes(step.Index), [tree.Fd]);
        channel.Await(Message.IdMapped);
        int errno = BitConverter.ToInt32(channel.Payload);
        if (errno != 0)
            throw IdMapRefusal.Explain(step, errno);
    }

    /// <summary>Makes the new root /, and applies what the config wants masked or read-only.</summary>
    public void Switch()
    {
        Progress.Enter(Stage.Switch);
        string call = asked.NoPivot ? "chroot" : "pivot_root";
        Steps.Log($"root {asked.Path}: switched to by {call}; "
            + $"masked {string.Join(' ', asked.Masked)}; read-only {string.Join(' ', asked.ReadOnly)}");
        Pivot.SwitchRoot(this);
        MakeCwd();
        if (plan.Process is { Terminal: true })
            Terminal.SetUpForInit(this, channel);
        ApplyDeferredAttributes();
        if (plan.Namespaces.MayMount)
        {
            ReadonlyPaths.Apply(this, asked.ReadOnly);
            MaskedPaths.Apply(this, asked.Masked, nullDevice);
            if (asked.IsReadonly)
                rootTree!.Set(MOUNT_ATTR_RDONLY, 0);
            Pivot.ApplyPropagation(asked.Propagation); // last: an unbindable path could not be made read-only
        }
    }

    /// <summary>
    /// Rolls back after a failure, because a mount namespace by path outlives the container. All mounts in it are below the root, and go
    /// with it.
    /// </summary>
    public void RollBack()
    {
        foreach (Tree? tree in (Tree?[])[attached, attached is null ? null : asked.Nodes])
        {
            if (tree is null)
                continue;
            Sys.Fchdir(tree.Fd, "rootfs");
            while (!Sys.TryUmount(".", MNT_DETACH).Failed) // topmost first; errors are ignored, since the failure that led here is reported
            {
            }
        }
    }

    /// <summary>In the runtime's mount namespace the root is already bound over itself if possible.</summary>
    private void FindRoot()
    {
        rootTree = Tree.Adopt(Sys.OpenAt(Fd.Cwd, asked.Path, O_PATH | O_DIRECTORY), asked.Path);
        Root = new Root(rootTree.Fd);
    }

    private void AttachRoot()
    {
        Pivot.PreparePropagation(asked);
        Tree? tree = Tree.TryClone(Fd.Cwd, asked.Path, recursive: true, out SysError error);
        CoversSlash = error.Errno == EACCES && plan.Namespaces.HasUser;
        if (CoversSlash)
            tree = RequestTree(-1, asked.Path);
        if (tree is null)
            throw ContainerException.From(ErrorCode.RootMissing, error, "cannot open the root file system", "/root/path");
        if (asked.Propagation.IsPrivate)
            tree.SetPropagation(MS_PRIVATE, recursive: true);
        // At its own path, so that createContainer hooks find it there. A mapped root without access to that path covers / instead, and
        // then no longer sees the path.
        using (Fd place = Sys.OpenAt(Fd.Cwd, CoversSlash ? "/" : asked.Path, O_PATH | O_DIRECTORY))
        {
            // Below the root they are hidden. The kernel clones only from mounts in the caller's mount namespace.
            asked.Nodes?.AttachTo(place);
            tree.AttachTo(place);
        }
        attached = tree;
        rootTree = tree;
        Root = new Root(tree.Fd);
    }

    /// <summary>
    /// Makes a missing working directory, as runc does, but only if no path leads to the host, and while a root that will be read-only is
    /// still writable.
    /// </summary>
    private void MakeCwd()
    {
        if (plan.Process is not { } process)
            return;
        // A magic link is refused here and found by the getcwd check of the last mile (CVE-2024-21626).
        using Fd? there = Root.Find(process.Cwd, throwing: false);
        if (there is null)
            Root.TryMakeDirectory(process.Cwd);
    }
}
