using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Type cgroup: on v2 the hierarchy (or, with a cgroup namespace, the container's part of it); on v1 and hybrid a tmpfs with the
/// container's own directory of each hierarchy. Type cgroup2: on hybrid, too, only that hierarchy. They are bound from the host's mounts,
/// each with the requested options (CVE-2023-25809: read-only stays read-only).
/// </summary>
internal static class CgroupMount
{
    private const ulong Usual = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

    public static void Make(RootfsSetup rootfs, MountStep step, ProcGuard guard)
    {
        CgroupView view = rootfs.Plan.Rootfs.Cgroups;
        rootfs.JoinCgroup(); // the directories exist after this
        using Fd target = rootfs.Root.MakeDirectory(step.Destination);
        guard.Check(target, step, isProc: false);
        if (view.HierarchyFor(step.Type) is { } whole)
        {
            bool isOwn = true;
            // Of a namespace by path, too, only this container's part: the rest of the hierarchy is the host's and other containers'.
            using Tree tree = rootfs.Plan.Namespaces.HasCgroup
                ? Clone(whole.Own, out isOwn)
                : Tree.Clone(Fd.Cwd, whole.MountPoint, recursive: false);
            Mounts.Configure(rootfs, tree, step);
            SetPropagation(tree, step);
            tree.Set(MustBeReadOnly(rootfs, isOwn) ? MOUNT_ATTR_RDONLY : 0, 0);
            tree.AttachTo(target);
            return;
        }
        if (step.Type == "cgroup2")
            throw NoUnified(step);
        string[] data = rootfs.Plan.Rootfs.Label.AddToTmpfs(["mode=755"]);
        ulong attributes = step.Options.Attributes & ~MOUNT_ATTR_RDONLY | Usual;
        Tree directory = Tree.Create("tmpfs", "tmpfs", data, attributes);
        Mounts.SetPropagation(directory, step.Options);
        directory.AttachTo(target);
        foreach (CgroupPlace place in view.Places)
            Bind(rootfs, directory.Fd, place, step);
        if (step.Options.ReadOnly)
            rootfs.DeferAttributes(directory, MOUNT_ATTR_RDONLY);
        else
            directory.Dispose();
    }

    public static ContainerException NoUnified(MountStep step)
        => new(ErrorCode.CgroupNotMounted, "no cgroup2 hierarchy is mounted on this host")
        {
            Pointer = step.Pointer + "/type",
            Hint = "a mount of type cgroup shows the v1 hierarchies",
        };

    /// <summary>
    /// CVE-2023-25809: what a user may write to on the host must not be writable from one of the user's containers, except for the
    /// container's own cgroup, and that only if a namespace separates it from the others.
    /// </summary>
    private static bool MustBeReadOnly(RootfsSetup rootfs, bool isOwn)
    {
        NamespacePlan namespaces = rootfs.Plan.Namespaces;
        bool seesOthers = namespaces.HasUser && !namespaces.HasCgroup;
        return !isOwn || seesOthers;
    }

    /// <summary>
    /// The config did not ask for a bind of the host's mount: even with a shared root, what is mounted below belongs to the container
    /// alone.
    /// </summary>
    private static void SetPropagation(Tree tree, MountStep step)
    {
        tree.SetPropagation(MS_PRIVATE, recursive: true);
        Mounts.SetPropagation(tree, step.Options);
    }

    /// <param name="isOwn">false: the container has no cgroup here, and is in the runtime's.</param>
    private static Tree Clone(CgroupPlace place, out bool isOwn)
    {
        Tree? own = Tree.TryClone(Fd.Cwd, place.Path, recursive: false, out SysError error);
        isOwn = own is not null;
        if (error.Errno != ENOENT)
            error.ThrowIfFailed();
        return own ?? Tree.Clone(Fd.Cwd, place.Runtime(), recursive: false);
    }

    /// <param name="tmpfs">Our own tmpfs, which no other process can see yet.</param>
    private static void Bind(RootfsSetup rootfs, Fd tmpfs, CgroupPlace place, MountStep step)
    {
        Sys.MkdirAt(tmpfs, place.Name, Modes.O755);
        using (Tree tree = Clone(place, out bool isOwn))
        using (Fd target = Sys.OpenAt(tmpfs, place.Name, O_PATH | O_DIRECTORY | O_NOFOLLOW))
        {
            tree.Set(step.Options.Attributes | Usual, step.Options.AttrClear | step.Options.RecursiveClear);
            tree.Set(MustBeReadOnly(rootfs, isOwn) ? MOUNT_ATTR_RDONLY : 0, 0);
            SetPropagation(tree, step);
            tree.AttachTo(target);
        }
        foreach (string link in place.Links)
        {
            SysError error = link == place.Name ? default : Sys.TrySymlinkAt(place.Name, tmpfs, link);
            if (error.Errno != EEXIST)
                error.ThrowIfFailed();
        }
    }
}
