using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

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
                    rootfs.SealRoot(); // a mount on top of it would not be visible
                    continue;
                }
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
