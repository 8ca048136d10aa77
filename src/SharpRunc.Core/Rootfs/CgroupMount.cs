using System;
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
        CgroupLayout layout = rootfs.CgroupLayout();
        using Fd target = rootfs.Root.MakeDirectory(step.Destination);
        if (layout.Kind == CgroupKind.V2)
        {
            Hierarchy unified = layout.Hierarchies[0];
            bool whole = !rootfs.Plan.Namespaces.NewCgroup;
            using Tree tree = Tree.Clone(Fd.Cwd, whole ? unified.MountPoint : Own(unified), recursive: false);
            Mounts.Configure(tree, step.Options);
            tree.AttachTo(target);
            return;
        }
        Tree directory = Tree.Create("tmpfs", "tmpfs", ["mode=755"], step.Options.AttrSet & ~MOUNT_ATTR_RDONLY | Usual);
        directory.AttachTo(target);
        using (Root place = new(Sys.OpenAt2(directory.Fd, ".", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT)))
            foreach (Hierarchy hierarchy in layout.Hierarchies)
                Bind(place, hierarchy, step);
        if ((step.Options.AttrSet & MOUNT_ATTR_RDONLY) != 0)
            rootfs.SealLater(directory, MOUNT_ATTR_RDONLY);
        else
            directory.Dispose();
    }

    private static void Bind(Root place, Hierarchy hierarchy, MountStep step)
    {
        string name = hierarchy.MountPoint[(hierarchy.MountPoint.LastIndexOf('/') + 1)..];
        using (Tree tree = Tree.Clone(Fd.Cwd, Own(hierarchy), recursive: false))
        using (Fd target = place.MakeDirectory(name))
        {
            tree.Set(step.Options.AttrSet | Usual, step.Options.AttrClear);
            tree.AttachTo(target);
        }
        // Programs look for /sys/fs/cgroup/cpu where the host has cpu,cpuacct.
        if (hierarchy.Controllers.Length > 1)
            foreach (string controller in hierarchy.Controllers)
                if (controller != name && Sys.TrySymlinkAt(name, place.Directory, controller) is var error && error < 0 && error != -EEXIST)
                    throw new SysException("symlinkat", controller, -error);
    }

    /// <summary>Where this process is, as a path below the host's mount.</summary>
    private static string Own(Hierarchy hierarchy)
    {
        string path = hierarchy.OwnPath;
        if (hierarchy.MountRoot != "/" && path.StartsWith(hierarchy.MountRoot, StringComparison.Ordinal))
            path = path[hierarchy.MountRoot.Length..];
        return hierarchy.MountPoint + (path == "/" ? "" : path);
    }
}
