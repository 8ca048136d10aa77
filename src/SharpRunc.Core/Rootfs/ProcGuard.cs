using System;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// CVE-2019-16884, CVE-2025-52881: nothing may be mounted on or below /proc, however the path is spelled, except a procfs and the files
/// that lxcfs replaces. Otherwise an image could redirect the writes of labels, masks and sysctls.
/// </summary>
internal sealed class ProcGuard(Linux.Root root)
{
    public const ulong RootInode = 1;

    private (ulong Number, (uint, uint) Device)? place;

    /// <param name="target">The mount point, as the kernel resolved it.</param>
    /// <param name="isProc">The mount is itself the root of a procfs.</param>
    /// <returns>What is at the mount point at present.</returns>
    public Inode Check(Fd target, MountStep step, bool isProc)
    {
        Inode inode = Inode.Of(target, step.Destination);
        if (!step.IsRoot && inode.IsMountRoot && inode.MountId == Inode.Of(root.Directory, "/").MountId)
            throw Refused(step, "is the root, on which nothing can be mounted");
        bool onProc = Sys.Fstatfs(target, step.Destination).f_type == PROC_SUPER_MAGIC;
        if (isProc && !(onProc && inode.Number != RootInode))
            return inode;
        // An image without a /proc may have got one from an earlier mount.
        place ??= PlaceOf(root);
        bool isPlace = place is { } proc && inode.Number == proc.Number && inode.Device == proc.Device;
        if ((onProc || isPlace) && Array.IndexOf(KernelNames.ReplaceableProcFiles, step.Destination) < 0)
            throw Refused(step, "is in /proc, where only a procfs may be mounted");
        return inode;
    }

    private static ContainerException Refused(MountStep step, string reason)
        => new(ErrorCode.MountInProc, $"mounts[{step.Index}]: {step.Destination} {reason}") { Pointer = step.Pointer + "/destination" };

    /// <summary>The image's own /proc, before anything is mounted there: a link to it is recognized by its inode.</summary>
    private static (ulong, (uint, uint))? PlaceOf(Linux.Root root)
    {
        using Fd? directory = root.Find("/proc", O_NOFOLLOW | O_DIRECTORY, throwing: false);
        if (directory is null)
            return null;
        Inode inode = Inode.Of(directory, "/proc");
        return (inode.Number, inode.Device);
    }
}
