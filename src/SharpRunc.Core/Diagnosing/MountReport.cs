using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A container's root file system and mounts. Of its mounts only the list is read: a look-up in one of them could wait for the container.
/// </summary>
internal static class MountReport
{
    public static void Add(Findings found, Container container, Config config)
    {
        ContainerState state = container.State;
        string process = state.InitPid.ToString(CultureInfo.InvariantCulture);
        using Fd? rootfs = Sys.TryOpenAt(Fd.Cwd, state.Rootfs, O_PATH | O_DIRECTORY, out SysError error);
        if (rootfs is null)
            found.Note("rootfs", $"{state.Rootfs} is not on the host any more: {strerror(error.Errno)}");
        else
            Root(found, state, process, rootfs);
        // Its init waits before the switch of roots is done, or has its own view.
        if (state.Phase == Phase.Creating)
            return;
        List<MountInfo> mounts = MountInfo.Read(state.InitPid);
        using Linux.Root? below = rootfs is null ? null : new Linux.Root(Sys.OpenAt(Fd.Cwd, state.Rootfs, O_PATH | O_DIRECTORY));
        List<string> missing = [];
        foreach (Mount mount in config.Mounts)
            if (!IsThere(mounts, mount.Destination, below, state.Rootfs))
                missing.Add(mount.Destination);
        if (missing.Count == 0)
            found.Ok("mounts", $"all {config.Mounts.Length.ToString()} of the config are there");
        else
            found.Problem("mounts", $"nothing is mounted any more on {string.Join(", ", missing)}: unmounted since, inside or from outside",
                found.Recreate(state.Id));
    }

    /// <summary>An engine that unmounts the image on the host, or another on it, does not change the container's.</summary>
    private static void Root(Findings found, ContainerState state, string process, Fd rootfs)
    {
        using Fd? root = Sys.TryOpenAt(Fd.Cwd, $"/proc/{process}/root", O_PATH | O_DIRECTORY, out _);
        if (root is null)
            return;
        if (Inode.Of(root, "root").IsSameAs(Inode.Of(rootfs, state.Rootfs)))
            found.Ok("rootfs", $"is {state.Rootfs}");
        else
            found.Note("rootfs", $"the init's root is not what {state.Rootfs} is now: one of them was mounted over or unmounted");
    }

    private static bool IsThere(List<MountInfo> mounts, string destination, Linux.Root? rootfs, string path)
    {
        string clean = LexicalPath.Clean(destination);
        if (clean == "/" || mounts.Exists(mount => mount.Point == clean))
            return true;
        // The image may have a link on the way.
        using Fd? place = rootfs?.Find(clean, throwing: false);
        string? real = place is null ? null : ProcFs.TryPathOf(place);
        return real is not null && real.StartsWith(path, StringComparison.Ordinal)
            && mounts.Exists(mount => mount.Point == real[path.Length..]);
    }
}
