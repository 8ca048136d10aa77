using System;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Options bind and rbind: shows a file or directory of the host in the container.</summary>
internal static class BindMount
{
    public static void Make(RootfsSetup rootfs, MountStep step, ProcGuard guard)
    {
        if (step.Options.CopySymlink && CopyLink(rootfs, step))
            return;
        bool noFollow = step.Options.SourceNoFollow;
        Tree? cloned = Tree.TryClone(Fd.Cwd, step.Source, step.Options.Recursive, out SysError error, noFollow: noFollow);
        if (error.Errno == EACCES && rootfs.Plan.Namespaces.HasUser)
            cloned = rootfs.RequestTree(step.Index, step.Source);
        Tree tree = cloned ?? throw error.ToException();
        if (step.IsIdMapped)
            rootfs.MapIds(step, tree);
        Mounts.Configure(rootfs, tree, step);
        Mounts.SetPropagationOfCopy(rootfs, tree, step.Options);
        if (ShowsCgroups(step) && step.Options.ReadOnly)
            tree.Set(MOUNT_ATTR_RDONLY, 0, recursive: true);
        Inode source = Inode.Of(tree.Fd, step.Source);
        using Fd target = Target(rootfs.Root, step, source.IsDirectory);
        bool isProc = source.Number == ProcGuard.RootInode && Sys.Fstatfs(tree.Fd, step.Source).f_type == PROC_SUPER_MAGIC;
        Inode covered = guard.Check(target, step, isProc);
        if (covered.IsDirectory != source.IsDirectory)
            throw new SysException("move_mount", step.Destination, ENOTDIR); // the kernel returns EINVAL; engines match on this error
        tree.AttachTo(target);
        rootfs.Hold(step, tree);
    }

    /// <summary>
    /// CVE-2023-27561: a procfs or sysfs of the host is mounted where masks look for it, and reached through no link that could be changed
    /// in the meantime.
    /// </summary>
    private static Fd Target(Root root, MountStep step, bool isDirectory)
    {
        if (step.Destination is "/proc" or "/sys")
            return root.MakeRealDirectory(step.Destination);
        Fd? there = step.Options.DestinationNoFollow ? root.Find(step.Destination, O_NOFOLLOW) : null;
        if (there is not null)
            return there;
        return isDirectory ? root.MakeDirectory(step.Destination) : root.MakeFile(step.Destination);
    }

    /// <summary>
    /// CVE-2023-25809: `rbind,ro` of /sys (which `spec --rootless` writes) makes only the sysfs read-only. The cgroup file systems below
    /// it, of which the user may own a part, would remain writable.
    /// </summary>
    private static bool ShowsCgroups(MountStep step)
        => step.Options.Recursive && (step.Source == "/sys" || step.Source.StartsWith("/sys/", StringComparison.Ordinal));

    /// <summary>copy-symlink: a source that is a symbolic link is created again at the destination.</summary>
    /// <returns>false if the source is not a link.</returns>
    private static bool CopyLink(RootfsSetup rootfs, MountStep step)
    {
        using Fd? source = Sys.TryOpenAt(Fd.Cwd, step.Source, O_PATH | O_NOFOLLOW, out _);
        if (source is null || !Inode.Of(source, step.Source).IsLink)
            return false;
        string target = Sys.ReadLinkAt(source, "");
        using Fd parent = NodePlace.OpenParent(rootfs, step.Destination, step.Pointer, out string name);
        SysError error = Sys.TrySymlinkAt(target, parent, name);
        if (error.Errno == EEXIST && IsLink(parent, name, target))
            return true;
        error.On(step.Destination).ThrowIfFailed();
        return true;
    }

    private static bool IsLink(Fd parent, string name, string target)
    {
        using Fd there = Sys.OpenAt(parent, name, O_PATH | O_NOFOLLOW);
        return Inode.Of(there, name).IsLink && Sys.ReadLinkAt(there, "") == target;
    }
}
