using System;
using System.Collections.Generic;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A container's root file system and mounts.</summary>
internal static class MountReport
{
    private const string Top = "/";

    public static void Add(Findings found, Container container, Config config)
    {
        ContainerState state = container.State;
        using Fd? rootfs = Sys.TryOpenAt(Fd.Cwd, state.Rootfs, O_PATH | O_DIRECTORY, out SysError error);
        if (rootfs is null)
            found.Note("rootfs", $"{state.Rootfs} is not on the host any more: {strerror(error.Errno)}");
        // Its init waits before the switch of roots is done, or has its own view.
        if (state.Phase == Phase.Creating)
            return;
        ContainerMounts mounts = new(state.InitPid, rootfs, [Top, .. Array.ConvertAll(config.Mounts, static mount => mount.Destination)]);
        if (rootfs is not null)
            Root(found, state, rootfs, mounts.At(Top));
        List<string> missing = [];
        foreach (Mount mount in config.Mounts)
            if (LexicalPath.Clean(mount.Destination) != Top && mounts.At(mount.Destination) is null && !mounts.IsUnknown(mount.Destination))
                missing.Add(mount.Destination);
        if (missing.Count == 0)
            found.Ok("mounts", $"all {config.Mounts.Length.ToString()} of the config are there");
        else
            found.Problem("mounts", $"nothing is mounted any more on {string.Join(", ", missing)}: unmounted since, inside or from outside",
                found.Recreate(state.Id));
    }

    /// <summary>An engine that unmounts the image on the host, or another on it, does not change the container's.</summary>
    private static void Root(Findings found, ContainerState state, Fd rootfs, MountInfo? root)
    {
        if (root is { } there && Place(rootfs, state.Rootfs) is var (device, path) && there.Device == device && there.Root == path)
            found.Ok("rootfs", $"is {state.Rootfs}");
        else
            found.Note("rootfs", $"the init's root is not what {state.Rootfs} is now: one of them was mounted over or unmounted");
    }

    /// <summary>Of which file system a directory of the host is, and its path there, as a bind of it has both in mountinfo.</summary>
    private static (string Device, string Path)? Place(Fd directory, string subject)
    {
        ulong id = Inode.Known(directory, subject).MountId;
        string? path = ProcFs.TryPathOf(directory);
        foreach (MountInfo mount in MountInfo.Read())
            if (mount.Id == id && path is not null && path.StartsWith(mount.Point, StringComparison.Ordinal))
            {
                string below = (mount.Root.TrimEnd('/') + "/" + path[mount.Point.Length..].TrimStart('/')).TrimEnd('/');
                return (mount.Device, below.Length == 0 ? Top : below);
            }
        return null;
    }
}
