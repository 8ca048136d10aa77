using System;
using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Mount propagation, and the switch of roots.</summary>
internal static class Pivot
{
    public static void PreparePropagation(RootfsPlan plan)
    {
        Sys.MountPropagation("/", plan.Propagation.BeforeSwitch);
        if (plan.Propagation.IsShared)
            MakeParentPrivate(plan.Path);
    }

    public static void SwitchRoot(RootfsSetup rootfs)
    {
        Fd root = rootfs.Root.Directory;
        Sys.Fchdir(root, "rootfs");
        if (!rootfs.Plan.Namespaces.HasMount)
        {
            Sys.Chroot(".");
        }
        else if (rootfs.Plan.Rootfs.NoPivot)
        {
            RemoveHostKernelMounts(rootfs.Plan.Rootfs.Path);
            using Fd slash = Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY);
            Sys.MoveMount(root, slash, "rootfs");
            Sys.Chroot(".");
        }
        else
        {
            using Fd? old = rootfs.Plan.Rootfs.Propagation.IsShared ? Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY) : null;
            Sys.PivotRootHere();
            if (old is not null)
            {
                // It is a peer of the host's mounts: unmounting in it would unmount on the host.
                Sys.Fchdir(old, "old root");
                Sys.MountPropagation(".", MS_SLAVE | MS_REC);
            }
            // The old root is on top of the new one. If the new root was attached over /, more mounts are on top of it: the container's own
            // nodes.
            do
                Sys.TryUmount(".", MNT_DETACH).On("old root").ThrowIfFailed();
            while (rootfs.CoversSlash && IsCovered(root));
        }
        Sys.Chdir("/");
    }

    /// <summary>
    /// Whether something is mounted over the root. From a root, .. leads into that, and a process that joins the mount namespace starts
    /// there.
    /// </summary>
    private static bool IsCovered(Fd root)
    {
        using Fd top = Sys.OpenAt(Fd.Cwd, "/..", O_PATH | O_DIRECTORY);
        return Inode.Of(top, "/..").MountId != Inode.Of(root, "rootfs").MountId;
    }

    /// <summary>Sets the requested propagation on the root itself, unless it has it already.</summary>
    public static void ApplyPropagation(Propagation propagation)
    {
        if (propagation.OfRoot is { } asked)
            Sys.MountPropagation("/", asked);
    }

    /// <summary>pivot_root(2) refuses a new root whose parent mount is shared, and attaching there would show on the host.</summary>
    private static void MakeParentPrivate(string rootfs)
    {
        ulong id;
        // A mapped root may have no access there; then / takes its place (RootfsSetup.AttachRoot).
        using (Fd place = Sys.TryOpenAt(Fd.Cwd, rootfs, O_PATH | O_DIRECTORY, out _) ?? Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY))
            id = Inode.Of(place, rootfs).MountId;
        foreach (MountInfo mount in MountInfo.Read())
            if (mount.Id == id)
                Sys.MountPropagation(mount.Point, MS_PRIVATE);
    }

    /// <summary>
    /// A root that is moved, not pivoted, is on top of the host's, whose proc and sysfs would remain: a container that may mount could
    /// expose them again without masks. Those that cannot be unmounted are covered.
    /// </summary>
    private static void RemoveHostKernelMounts(string rootfs)
    {
        List<MountInfo> mounts = MountInfo.Read();
        mounts.Reverse();
        foreach (MountInfo mount in mounts)
        {
            bool isOurs = mount.Point == rootfs || mount.Point.StartsWith(rootfs + "/", StringComparison.Ordinal);
            if (isOurs || mount.Type is not ("proc" or "sysfs") || !Sys.TryUmount(mount.Point, MNT_DETACH).Failed)
                continue;
            using Tree cover = Tree.Create("tmpfs", "tmpfs", [], MOUNT_ATTR_RDONLY);
            using Fd place = Sys.OpenAt(Fd.Cwd, mount.Point, O_PATH | O_DIRECTORY);
            cover.AttachTo(place);
        }
    }
}
