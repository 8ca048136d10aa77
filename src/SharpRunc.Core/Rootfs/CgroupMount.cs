using SharpRunc.Core.Cgroups;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>
/// type cgroup: on v2 the hierarchy (or, with a cgroup namespace, the container's part of it); on v1 and hybrid a tmpfs with the
/// container's own directory of each hierarchy. Bound from the host's mounts, each with the options asked for (CVE-2023-25809:
/// read-only stays read-only).
/// </summary>
internal static class CgroupMount
{
    private const ulong Usual = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

    public static void Make(RootfsSetup rootfs, MountStep step)
    {
        CgroupLayout layout = rootfs.Plan.Cgroups;
        rootfs.JoinCgroup(); // the directories exist now
        using Fd target = rootfs.Root.MakeDirectory(step.Destination);
        if (layout.Kind == CgroupKind.V2)
        {
            Hierarchy unified = layout.Hierarchies[0];
            bool whole = !rootfs.Plan.Namespaces.NewCgroup;
            using Tree tree = Tree.Clone(Fd.Cwd, whole ? unified.MountPoint : rootfs.Plan.CgroupPaths[0].Value, recursive: false);
            Mounts.Configure(tree, step.Options);
            tree.AttachTo(target);
            return;
        }
        Tree directory = Tree.Create("tmpfs", "tmpfs", ["mode=755"], step.Options.AttrSet & ~MOUNT_ATTR_RDONLY | Usual);
        directory.AttachTo(target);
        foreach ((string controllers, string path) in rootfs.Plan.CgroupPaths)
            Bind(directory.Fd, rootfs.Plan.Cgroups.Named(controllers), path, step);
        if ((step.Options.AttrSet & MOUNT_ATTR_RDONLY) != 0)
            rootfs.SealLater(directory, MOUNT_ATTR_RDONLY);
        else
            directory.Dispose();
    }

    /// <param name="place">Our own tmpfs: nobody else knows it yet.</param>
    private static void Bind(Fd place, Hierarchy hierarchy, string path, MountStep step)
    {
        string name = hierarchy.MountPoint[(hierarchy.MountPoint.LastIndexOf('/') + 1)..];
        Sys.MkdirAt(place, name, 0x1ED);
        using (Tree tree = Tree.Clone(Fd.Cwd, path, recursive: false))
        using (Fd target = Sys.OpenAt(place, name, O_PATH | O_DIRECTORY | O_NOFOLLOW))
        {
            tree.Set(step.Options.AttrSet | Usual, step.Options.AttrClear);
            tree.AttachTo(target);
        }
        // Programs look for /sys/fs/cgroup/cpu where the host has cpu,cpuacct.
        if (hierarchy.Controllers.Length > 1)
            foreach (string controller in hierarchy.Controllers)
                if (controller != name && Sys.TrySymlinkAt(name, place, controller) is var error && error < 0 && error != -EEXIST)
                    throw new SysException("symlinkat", controller, -error);
    }
}
