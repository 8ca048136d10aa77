using System;
using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>Propagation, and the switch of roots.</summary>
internal static class Pivot
{
    private static readonly (string Name, ulong Flags)[] Propagations =
    [
        ("shared", MS_SHARED), ("rshared", MS_SHARED | MS_REC), ("slave", MS_SLAVE), ("rslave", MS_SLAVE | MS_REC),
        ("private", MS_PRIVATE), ("rprivate", MS_PRIVATE | MS_REC), ("unbindable", MS_UNBINDABLE), ("runbindable", MS_UNBINDABLE | MS_REC),
    ];

    /// <summary>
    /// config-linux.md#rootfs-mount-propagation: what the host does after this reaches the container (slave) or not (private), and
    /// what the container does reaches the host only if it is shared. Default: private, with all that is bound. The host's mounts are slaves for the
    /// moment that they are here all the same: what the host unmounts meanwhile must not be kept, and a bind may ask to be one.
    /// </summary>
    public static void PreparePropagation(InitPlan plan)
    {
        ulong flags = Flags(plan.Config.Linux.RootfsPropagation) ?? MS_SLAVE | MS_REC;
        // What cannot be bound could not be given to the container either: the root becomes so when all is in place.
        Sys.MountPropagation("/", ((flags & MS_UNBINDABLE) != 0 ? MS_PRIVATE : flags) | MS_REC);
        if ((flags & MS_SHARED) != 0)
            MakeParentPrivate(plan.Rootfs);
    }

    /// <summary>Neither here nor there does the other side see what is mounted.</summary>
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
                // A peer of the host's mounts: what is unmounted in it would be unmounted on the host.
                Sys.Fchdir(old, "old root");
                Sys.MountPropagation(".", MS_SLAVE | MS_REC);
            }
            // The old root lies over the new one. Where that had covered it there are others upon it: the nodes of the container's own.
            do
            {
                int error = Sys.TryUmount(".", MNT_DETACH);
                if (error < 0)
                    throw new SysException("umount2", "old root", -error);
            }
            while (rootfs.CoversSlash && IsCovered(root));
        }
        Sys.Chdir("/");
    }

    /// <summary>From a root .. leads into what is mounted over it, and whoever joins the mount namespace starts there.</summary>
    private static bool IsCovered(Fd root)
    {
        using Fd top = Sys.OpenAt(Fd.Cwd, "/..", O_PATH | O_DIRECTORY);
        return Inode.Of(top, "/..").MountId != Inode.Of(root, "rootfs").MountId;
    }

    /// <summary>The root itself keeps what was asked for, unless that is what it is already.</summary>
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
        // A mapped root may not get there; then / takes its place (RootfsSetup.AttachRoot).
        using (Fd place = Sys.TryOpenAt(Fd.Cwd, rootfs, O_PATH | O_DIRECTORY, out _) ?? Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY))
            id = Inode.Of(place, rootfs).MountId;
        foreach (MountInfo mount in MountInfo.Read())
            if (mount.Id == id)
                Sys.MountPropagation(mount.Point, MS_PRIVATE);
    }

    /// <summary>
    /// Moved and not pivoted, the root lies over the host's, whose proc and sysfs would stay: a container that may mount could
    /// bring them back without their masks. What cannot be taken away is covered.
    /// </summary>
    private static void RemoveHostKernelMounts(string rootfs)
    {
        List<MountInfo> mounts = MountInfo.Read();
        mounts.Reverse();
        foreach (MountInfo mount in mounts)
        {
            bool isOurs = mount.Point == rootfs || mount.Point.StartsWith(rootfs + "/", StringComparison.Ordinal);
            if (isOurs || mount.Type is not ("proc" or "sysfs") || Sys.TryUmount(mount.Point, MNT_DETACH) >= 0)
                continue;
            using Tree cover = Tree.Create("tmpfs", "tmpfs", [], MOUNT_ATTR_RDONLY);
            using Fd place = Sys.OpenAt(Fd.Cwd, mount.Point, O_PATH | O_DIRECTORY);
            cover.AttachTo(place);
        }
    }
}
