using System;
using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

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
                    throw new ContainerException(ErrorCode.MountMask, $"{paths[i]} is the container's root, which cannot be masked")
                    {
                        Pointer = $"/linux/maskedPaths/{i}",
                    };
                if (inode.IsDirectory)
                    directory.Tree ??= MakeEmpty(rootfs.Plan.Rootfs.Label);
                (inode.IsDirectory ? directory : file).Cover(target, inode);
            }
            catch (SysException e)
            {
                throw ContainerException.From(ErrorCode.MountMask, e, $"cannot mask {paths[i]}", $"/linux/maskedPaths/{i}");
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

/// <summary>config-linux.md#readonly-paths.</summary>
internal static class ReadonlyPaths
{
    public static void Apply(RootfsSetup rootfs, string[] paths)
    {
        for (int i = 0; i < paths.Length; i++)
            try
            {
                using Fd? target = rootfs.Held.Find(rootfs.Root, paths[i]);
                if (target is null)
                    continue;
                if (rootfs.IsRoot(Inode.Of(target, paths[i])))
                {
                    rootfs.MakeRootReadOnly(); // a mount on top of it would not be visible
                    continue;
                }
                using Tree tree = Tree.Clone(target, "", recursive: true, paths[i]);
                tree.Set(MOUNT_ATTR_RDONLY, 0, recursive: true);
                tree.AttachTo(target);
            }
            catch (SysException e)
            {
                throw ContainerException.From(ErrorCode.MountMask, e, $"cannot make {paths[i]} read-only", $"/linux/readonlyPaths/{i}");
            }
    }
}

/// <summary>
/// The mounts that contain masked and read-only paths. Such a path is looked up from the mount itself, not from the path that it was
/// mounted on: a process that can rename in the image during set-up could move a procfs away from its masks, and have it unmasked under
/// another name.
/// </summary>
internal sealed class HeldMounts(string[] maskedPaths, string[] readonlyPaths)
{
    private readonly List<(string Prefix, Tree Tree)> held = [];

    /// <summary>Takes ownership of an attached mount. Callers may not use it after this, unless it is <paramref name="shared"/>.</summary>
    public void Hold(string destination, Tree tree, bool shared = false)
    {
        string prefix = destination == "/" ? "/" : destination + "/";
        // It covers what is mounted there or below.
        held.RemoveAll(other => other.Prefix.StartsWith(prefix, StringComparison.Ordinal));
        if (IsAbove(prefix, maskedPaths) || IsAbove(prefix, readonlyPaths))
            held.Add((prefix, tree));
        else if (!shared)
            tree.Dispose();
    }

    /// <summary>Returns null if nothing is there (ENOENT). Any other error is thrown, or a mask would be left out.</summary>
    public Fd? Find(Root root, string path)
    {
        if (!path.Contains("/..", StringComparison.Ordinal))
            for (int i = held.Count - 1; i >= 0; i--)
                if (path.StartsWith(held[i].Prefix, StringComparison.Ordinal))
                {
                    (string prefix, Tree tree) = held[i];
                    ulong inMount = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
                    Fd? found = Sys.TryOpenAt2(tree.Fd, path[prefix.Length..], O_PATH, inMount, out SysError error);
                    if (found is not null || error.Errno == ENOENT)
                        return found;
                    if (error.Errno != EXDEV)
                        throw error.On(path).ToException();
                    break; // a link leads out of the mount
                }
        Fd? there = root.Find(path, out SysError refused);
        if (refused.Errno != ENOENT)
            refused.On(path).ThrowIfFailed();
        return there;
    }

    private static bool IsAbove(string prefix, string[] paths)
    {
        foreach (string path in paths)
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        return false;
    }
}
