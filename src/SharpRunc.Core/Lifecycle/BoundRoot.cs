using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#namespaces: a container whose config lists no mount namespace shares the runtime's. Its root file system is bound over
/// itself there, so that all of its mounts are below that bind: nothing else on the host changes, and one umount removes them.
/// </summary>
internal static class BoundRoot
{
    /// <summary>Clones the root without attaching it, so that the mount ID is recorded before the mount can be left behind.</summary>
    public static Tree Clone(string rootfs, out ulong mountId)
    {
        Tree tree = Tree.TryClone(Fd.Cwd, rootfs, recursive: true, out SysError error)
            ?? throw ContainerException.From(ErrorCode.RootMissing, error, "cannot open the root file system", "/root/path");
        mountId = Inode.Of(tree.Fd, rootfs).MountId;
        return tree;
    }

    public static void Attach(Tree tree, string rootfs)
    {
        using (Fd place = Sys.OpenAt(Fd.Cwd, rootfs, O_PATH | O_DIRECTORY))
            tree.AttachTo(place);
        // Below a shared mount it would be shared too, and the container's mounts would appear in other namespaces.
        tree.SetPropagation(MS_PRIVATE, recursive: true);
    }

    /// <summary>
    /// Called by delete when no process of the container is left. A bind that is already unmounted, or is in another namespace, is skipped.
    /// </summary>
    /// <exception cref="ContainerException">Another mount covers it, and umount could reach it only by path.</exception>
    public static void Remove(ContainerState state)
    {
        if (state.RootMount == 0)
            return;
        foreach (MountInfo mount in MountInfo.Read())
        {
            if (mount.Id != state.RootMount)
                continue;
            using Fd? place = Sys.TryOpenAt(Fd.Cwd, mount.Point, O_PATH | O_DIRECTORY | O_NOFOLLOW, out _);
            if (place is null || Inode.Of(place, mount.Point).MountId != state.RootMount)
                throw new ContainerException(
                    ErrorCode.RootCovered, $"the container's root {mount.Point} cannot be unmounted: another mount lies over it")
                {
                    Hint = "is it the root of another container too? delete that one first; otherwise unmount it",
                };
            Sys.TryUmount(place.ProcPath, MNT_DETACH).On(mount.Point).ThrowIfFailed();
            return;
        }
    }
}
