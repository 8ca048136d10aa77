using System;
using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Prepares the root file system for criu, which mounts but does not create mount points: creates those that create would, also inside bind
/// mounts. This happens in a private mount namespace, so that the host never sees it and nothing is left in any case.
/// </summary>
internal static class MountPoints
{
    /// <param name="place">A directory on which the root is mounted at the end. criu expects it there (its parent must not be mounted
    /// over).</param>
    public static void Make(Config config, string bundle, string rootfs, string place)
    {
        using (Tree tree = Attach(rootfs, place))
        {
            Root root = new(tree.Fd);
            List<string> restored = [];
            foreach (MountStep step in MountStep.All(config.Mounts, bundle))
            {
                try
                {
                    if (!IsBelow(step.Destination, restored))
                        Make(root, step);
                }
                catch (SysException e)
                {
                    throw ContainerException.From(ErrorCode.MountFailed, e, $"mounts[{step.Index}] {step.Destination}", step.Pointer);
                }
                if (step.Kind != MountKind.Bind)
                    restored.Add(step.Destination);
            }
            Sys.TryUmount(place, MNT_DETACH).ThrowIfFailed();
        }
        using Tree last = Attach(rootfs, place);
        if (config.Root is { Readonly: true })
            last.Set(MOUNT_ATTR_RDONLY, 0); // criu restores the flags of every mount but the root
    }

    private static void Make(Root root, MountStep step)
    {
        switch (step.Kind)
        {
            case MountKind.Bind:
                Bind(root, step);
                break;
            case MountKind.Kernel:
                root.MakeRealDirectory(step.Destination).Dispose();
                break;
            case MountKind.Remount:
                break;
            default:
                root.MakeDirectory(step.Destination).Dispose();
                break;
        }
    }

    private static void Bind(Root root, MountStep step)
    {
        using Tree tree = Tree.Clone(Fd.Cwd, step.Source, step.Options.Recursive);
        bool isDirectory = Inode.Of(tree.Fd, step.Source).IsDirectory;
        using Fd target = isDirectory ? root.MakeDirectory(step.Destination) : root.MakeFile(step.Destination);
        tree.AttachTo(target);
    }

    /// <summary>Whether it is inside a mount whose contents are restored: criu restores a tmpfs, and the kernel fills a procfs.</summary>
    private static bool IsBelow(string destination, List<string> mounts)
    {
        foreach (string mount in mounts)
            if (destination.StartsWith(mount + "/", StringComparison.Ordinal))
                return true;
        return false;
    }

    private static Tree Attach(string rootfs, string place)
    {
        Tree tree = Tree.Clone(Fd.Cwd, rootfs, recursive: true);
        using Fd target = Sys.OpenAt(Fd.Cwd, place, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        tree.AttachTo(target);
        return tree;
    }
}
