using SharpRunc.Core.Init;
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

    public static void Make(RootfsSetup rootfs, MountStep step, ProcGuard guard)
    {
        CgroupView view = rootfs.Plan.Cgroups;
        rootfs.JoinCgroup(); // the directories exist now
        using Fd target = rootfs.Root.MakeDirectory(step.Destination);
        guard.Check(target, step, isProc: false);
        if (view.WholeUnified is { } whole)
        {
            using Tree tree = Tree.Clone(Fd.Cwd, rootfs.Plan.Namespaces.NewCgroup ? view.Places[0].Path : whole, recursive: false);
            Mounts.Configure(tree, step.Options);
            tree.AttachTo(target);
            return;
        }
        Tree directory = Tree.Create("tmpfs", "tmpfs", ["mode=755"], step.Options.AttrSet & ~MOUNT_ATTR_RDONLY | Usual);
        directory.AttachTo(target);
        foreach (CgroupPlace place in view.Places)
            Bind(directory.Fd, place, step);
        if ((step.Options.AttrSet & MOUNT_ATTR_RDONLY) != 0)
            rootfs.SealLater(directory, MOUNT_ATTR_RDONLY);
        else
            directory.Dispose();
    }

    /// <param name="tmpfs">Our own: nobody else knows it yet.</param>
    private static void Bind(Fd tmpfs, CgroupPlace place, MountStep step)
    {
        Sys.MkdirAt(tmpfs, place.Name, 0x1ED);
        using (Tree tree = Tree.Clone(Fd.Cwd, place.Path, recursive: false))
        using (Fd target = Sys.OpenAt(tmpfs, place.Name, O_PATH | O_DIRECTORY | O_NOFOLLOW))
        {
            tree.Set(step.Options.AttrSet | Usual, step.Options.AttrClear);
            tree.AttachTo(target);
        }
        foreach (string link in place.Links)
            if (link != place.Name && Sys.TrySymlinkAt(place.Name, tmpfs, link) is var error && error < 0 && error != -EEXIST)
                throw new SysException("symlinkat", link, -error);
    }
}
