using System;
using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>Mount propagation, and the switch of roots.</summary>
internal static class Pivot
{
    private static readonly (string Name, ulong Flags)[] Propagations =
    [
        ("shared", MS_SHARED), ("rshared", MS_SHARED | MS_REC), ("slave", MS_SLAVE), ("rslave", MS_SLAVE | MS_REC),
        ("private", MS_PRIVATE), ("rprivate", MS_PRIVATE | MS_REC), ("unbindable", MS_UNBINDABLE), ("runbindable", MS_UNBINDABLE | MS_REC),
    ];

    /// <summary>
    /// config-linux.md#rootfs-mount-propagation: later mounts of the host reach the container (slave) or not (private), and the container's
    /// mounts reach the host only if shared. The default is private, including all bind mounts. While the host's mounts are still here they
    /// are slaves nevertheless: a mount that the host unmounts in the meantime must not be held, and a bind mount may ask to be a slave.
    /// </summary>
    public static void PreparePropagation(InitPlan plan)
    {
        ulong flags = Flags(plan.Config.Linux.RootfsPropagation) ?? MS_SLAVE | MS_REC;
        // An unbindable mount could not be bound into the container either: the root becomes unbindable when everything is in place.
        Sys.MountPropagation("/", ((flags & MS_UNBINDABLE) != 0 ? MS_PRIVATE : flags) | MS_REC);
        if ((flags & MS_SHARED) != 0)
            MakeParentPrivate(plan.Rootfs);
    }

    /// <summary>Whether mounts propagate in neither direction.</summary>
    public static bool IsPrivate(string? propagation) => ((Flags(propagation) ?? MS_PRIVATE) & (MS_SHARED | MS_SLAVE)) == 0;

    public static void Into(RootfsSetup rootfs)
    {
        Fd root = rootfs.Root.Directory;
        Sys.Fchdir(root, "rootfs");
        if (!rootfs.Plan.Namespaces.HasMount)
        {
            Sys.Chroot(".");
        }
        else if (rootfs.Plan.NoPivot)
        {
            RemoveHostKernelMounts(rootfs.Plan.Rootfs);
            using Fd slash = Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY);
            Sys.MoveMount(root, slash, "rootfs");
            Sys.Chroot(".");
        }
        else
        {
            bool isShared = (Flags(rootfs.Plan.Config.Linux.RootfsPropagation) & MS_SHARED) is not (null or 0);
            using Fd? old = isShared ? Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY) : null;
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
    public static void ApplyPropagation(string? propagation)
    {
        ulong? flags = Flags(propagation);
        if (flags is { } asked && (asked & (MS_SHARED | MS_SLAVE | MS_UNBINDABLE)) != 0)
            Sys.MountPropagation("/", asked);
    }

    private static ulong? Flags(string? propagation)
    {
        foreach ((string name, ulong flags) in Propagations)
            if (name == propagation)
                return flags;
        return null;
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
