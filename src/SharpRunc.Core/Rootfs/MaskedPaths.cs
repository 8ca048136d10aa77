using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>config-linux.md#masked-paths: makes what is there unreadable. A missing path needs no mask.</summary>
internal static class MaskedPaths
{
    /// <param name="nullDevice">Disposed here. null if nothing is masked.</param>
    public static void Apply(RootfsSetup rootfs, string[] paths, Tree? nullDevice)
    {
        using Mask file = new(nullDevice), directory = new(null);
        for (int i = 0; i < paths.Length; i++)
            try
            {
                using Fd? target = rootfs.Held.Find(rootfs.Root, paths[i]);
                if (target is null)
                    continue;
                Inode inode = Inode.Of(target, paths[i]);
                if (rootfs.IsRoot(inode))
                    throw new ContainerException($"{paths[i]} is the container's root, which cannot be masked")
                    {
                        Pointer = $"/linux/maskedPaths/{i}",
                    };
                if (inode.IsDirectory)
                    directory.Tree ??= MakeEmpty(rootfs.Plan.Rootfs.Label);
                (inode.IsDirectory ? directory : file).Cover(target, inode);
            }
            catch (SysException e)
            {
                throw ContainerException.From(e, $"cannot mask {paths[i]}", $"/linux/maskedPaths/{i}");
            }
    }

    /// <summary>Makes the one read-only tmpfs that masks all directories.</summary>
    private static Tree MakeEmpty(MountLabel label)
        => Tree.Create("tmpfs", "tmpfs", label.AddToTmpfs(["nr_blocks=1", "nr_inodes=1", "mode=755"]),
            MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

    /// <summary>Covers one path and, with clones, all others of the same kind.</summary>
    private sealed class Mask(Tree? tree) : System.IDisposable
    {
        private bool used;

        public Tree? Tree { get; set; } = tree;

        public void Dispose() => Tree?.Dispose();

        public void Cover(Fd target, Inode covered)
        {
            // Listed twice, or under two names.
            if (used && covered.IsMountRoot && covered.IsSameAs(Inode.Of(Tree!.Fd, "mask")))
                return;
            if (!used)
            {
                used = true;
                Tree!.AttachTo(target);
                return;
            }
            using Tree copy = Tree.Clone(Tree!.Fd, "", recursive: false, "mask");
            copy.AttachTo(target);
        }
    }
}
