using SharpRunc.Core.Init;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>config-linux.md#masked-paths: what is there cannot be read any more; what is not there needs no mask.</summary>
internal static class MaskedPaths
{
    /// <summary>
    /// config-linux.md#masked-paths; CVE-2025-31133: the source must be the real null device, not the image's. It is taken from
    /// the host before the roots are switched, and looked at all the same.
    /// </summary>
    public static Tree? CloneNull(InitPlan plan)
    {
        if (plan.Config.Linux.MaskedPaths.Length == 0)
            return null;
        Tree tree = Tree.Clone(Fd.Cwd, "/dev/null", recursive: false);
        Inode.Of(tree.Fd, "/dev/null").RequireCharDevice(1, 3);
        // A peer of the host's /dev would show there, over its /dev/null, what the container mounts over a masked file.
        tree.SetPropagation(MS_PRIVATE, recursive: false);
        return tree;
    }

    public static void Apply(RootfsSetup rootfs, string[] paths, Tree? nullDevice, string? label)
    {
        Tree? empty = null;
        bool nullUsed = false;
        for (int i = 0; i < paths.Length; i++)
        {
            using Fd? target = rootfs.Held.Find(rootfs.Root, paths[i]);
            if (target is null)
                continue;
            try
            {
                if (Inode.Of(target, paths[i]).IsDirectory)
                    AttachCopy(ref empty, target, label);
                else
                    AttachNull(nullDevice!, ref nullUsed, target);
            }
            catch (SysException e)
            {
                throw ContainerException.From(e, $"cannot mask {paths[i]}", $"/linux/maskedPaths/{i}");
            }
        }
        empty?.Dispose();
        nullDevice?.Dispose();
    }

    /// <summary>One empty read-only tmpfs for all directories.</summary>
    private static void AttachCopy(ref Tree? empty, Fd target, string? label)
    {
        if (empty is null)
        {
            empty = Tree.Create("tmpfs", "tmpfs", MountLabel.AddTo(["nr_blocks=1", "nr_inodes=1", "mode=755"], label, "tmpfs"),
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
            empty.AttachTo(target);
            return;
        }
        using Tree copy = Tree.Clone(empty.Fd, "", recursive: false, "tmpfs");
        copy.AttachTo(target);
    }

    private static void AttachNull(Tree nullDevice, ref bool used, Fd target)
    {
        if (!used)
        {
            used = true;
            nullDevice.AttachTo(target);
            return;
        }
        using Tree copy = Tree.Clone(nullDevice.Fd, "", recursive: false, "/dev/null");
        copy.AttachTo(target);
    }
}

/// <summary>config-linux.md#readonly-paths.</summary>
internal static class ReadonlyPaths
{
    public static void Apply(RootfsSetup rootfs, string[] paths)
    {
        for (int i = 0; i < paths.Length; i++)
        {
            using Fd? target = rootfs.Held.Find(rootfs.Root, paths[i]);
            if (target is null)
                continue;
            try
            {
                using Tree tree = Tree.Clone(target, "", recursive: true, paths[i]);
                tree.Set(MOUNT_ATTR_RDONLY, 0, recursive: true);
                tree.AttachTo(target);
            }
            catch (SysException e)
            {
                throw ContainerException.From(e, $"cannot make {paths[i]} read-only", $"/linux/readonlyPaths/{i}");
            }
        }
    }
}
