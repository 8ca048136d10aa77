using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>config.md#linux-mount-options, remount: changes the options of what is mounted there.</summary>
internal static class Remount
{
    /// <summary>
    /// File system options apply to all of its mounts, so <c>ro</c> is not among them: it applies to this mount only. Options that are not
    /// named stay, as in mount(8) and unlike mount(2).
    /// </summary>
    public static void Make(RootfsSetup rootfs, MountStep step)
    {
        MountOptions options = step.Options;
        using Fd mounted = rootfs.Root.Find(step.Destination) ?? throw new SysException("openat2", step.Destination, ENOENT);
        if (!Inode.Of(mounted, step.Destination).IsMountRoot)
        {
            string message = $"mounts[{step.Index}]: nothing is mounted on {step.Destination} that could be remounted";
            throw new ContainerException(message) { Pointer = step.Pointer + "/destination" };
        }
        if (!options.IsBind && (options.Data.Length > 0 || options.SuperblockFlags.Length > 0))
            Tree.Reconfigure(mounted, step.Destination, [.. options.SuperblockFlags, .. options.Data]);
        using Tree tree = Tree.Adopt(mounted, step.Destination);
        Mounts.Configure(rootfs, tree, step);
        Mounts.SetPropagation(tree, options);
    }
}
