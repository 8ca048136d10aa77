using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The only exception to mounting by descriptor: options too long for fsconfig(2) (overlay's lowerdir, SELinux contexts) go through
/// mount(2) on /proc/self/fd/N, at a place that no other process can reach.
/// </summary>
internal static class LegacyMount
{
    /// <returns>The detached mount, so that the rest is the same as for any other. Only we are in the mount namespace and could see it in
    /// the meantime.</returns>
    /// <param name="attributes">MOUNT_ATTR_….</param>
    public static Tree Make(MountStep step, string source, string[] data, Fd target, ulong attributes)
    {
        // The result can be found only by name, so the name is in our own tmpfs: in the image it could be replaced.
        const string Name = "mount";
        using Tree own = Tree.Create("tmpfs", "tmpfs", [], 0);
        own.AttachTo(target);
        Sys.MkdirAt(own.Fd, Name, Modes.O700);
        using (Fd place = Sys.OpenAt(own.Fd, Name, O_PATH | O_DIRECTORY))
        {
            // A numbered descriptor of our own process, in the procfs of the host, which is still visible.
            SysError error = Sys.TryMount(source, place.ProcPath, step.Type, step.Options.MsFlags, string.Join(',', data));
            error.On(step.Destination).ThrowIfFailed();
        }
        using Fd mounted = Sys.OpenAt(own.Fd, Name, O_PATH | O_DIRECTORY);
        Tree tree = Tree.Clone(mounted, "", recursive: false, step.Destination);
        Unmount(mounted, step);
        Unmount(own.Fd, step);
        tree.SetPropagation(MS_PRIVATE, recursive: false);
        tree.Set(attributes, step.Options.AttrClear | step.Options.RecursiveClear);
        return tree;
    }

    private static void Unmount(Fd mounted, MountStep step)
        => Sys.TryUmount(mounted.ProcPath, MNT_DETACH).On(step.Destination).ThrowIfFailed();
}
