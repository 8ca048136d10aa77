using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>config.md#linux-mount-options, remount: other options for what is mounted there.</summary>
internal static class Remount
{
    /// <summary>
    /// Options of the file system change it for all who have it mounted, so <c>ro</c> is not one of them: it is this mount's. What is not named
    /// stays, as mount(8) has it and mount(2) has not.
    /// </summary>
    public static void Make(RootfsSetup rootfs, MountStep step)
    {
        MountOptions options = step.Options;
        using Fd mounted = rootfs.Root.Find(step.Destination) ?? throw new SysException("openat2", step.Destination, ENOENT);
        if (!Inode.Of(mounted, step.Destination).IsMountRoot)
            throw new ContainerException($"mounts[{step.Index}]: nothing is mounted on {step.Destination} that could be mounted again") { Pointer = step.Pointer + "/destination" };
        if (!options.IsBind && (options.Data.Length > 0 || options.SuperblockFlags.Length > 0))
            Tree.Reconfigure(mounted, step.Destination, [.. options.SuperblockFlags, .. options.Data]);
        using Tree tree = Tree.Adopt(mounted, step.Destination);
        Mounts.Configure(rootfs, tree, step);
        Mounts.SetPropagation(tree, options);
    }
}
