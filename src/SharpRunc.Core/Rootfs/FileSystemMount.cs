using System;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Mounts a new instance of a file system, which is set up before it is visible.</summary>
internal static class FileSystemMount
{
    public static void Make(RootfsSetup rootfs, MountStep step, ProcGuard guard)
    {
        // CVE-2019-19921, CVE-2023-27561: the mount point of proc and sysfs is a directory of the image, reached through no link.
        bool made = false;
        using Fd target = step.Kind == MountKind.Kernel
            ? rootfs.Root.MakeRealDirectory(step.Destination)
            : rootfs.Root.MakeDirectory(step.Destination, out made);
        Inode covered = guard.Check(target, step, isProc: step.Type == "proc");
        made |= rootfs.Root.HasMade(covered);
        MountOptions options = step.Options;
        bool isTmpfs = step.Kind == MountKind.Tmpfs;
        string[] unlabelled = isTmpfs && !made ? TmpfsData(options.Data, covered) : options.Data;
        string[] data = rootfs.Plan.Rootfs.Label.AddTo(unlabelled, step.Type);
        // A tmpfs becomes read-only only after it was filled and mounted upon.
        ulong later = isTmpfs ? options.Attributes & MOUNT_ATTR_RDONLY : 0;
        string source = step.Source.Length == 0 ? step.Type : step.Source;
        Tree tree = HasLongOption(data) || options.HasUnnamedFlags && step.Kind == MountKind.FileSystem
            ? LegacyMount.Make(step, source, data, target, options.Attributes & ~later, rootfs.Plan.Namespaces.JoinsMount)
            : Create(rootfs, step, source, data, options.Attributes & ~later);
        QueueLabel.Set(tree, step, rootfs.Plan);
        Mounts.SetPropagation(tree, options);
        if (options.TmpCopyUp && !made)
        {
            rootfs.JoinCgroup(); // so that the copied data is charged to the container
            CopyUp.Run(tree.Fd, rootfs.Root, step.Destination);
        }
        if (step.IsIdMapped)
            rootfs.MapIds(step, tree);
        tree.AttachTo(target);
        if (later != 0)
            rootfs.DeferAttributes(tree, later);
        rootfs.Hold(step, tree, shared: later != 0);
    }

    private static Tree Create(RootfsSetup rootfs, MountStep step, string source, string[] data, ulong attributes)
    {
        string[] options = [.. step.Options.SuperblockFlags, .. data];
        if (step.Kind == MountKind.FileSystem && step.Options.ReadOnly && IsBlockDevice(source))
            options = ["ro", .. options];
        SysError refused;
        Tree? tree = step.Type == "proc" && rootfs.Plan.IsBornInside
            ? JoinedProc.TryCreate(rootfs, source, options, attributes, out refused)
            : Tree.TryCreate(step.Type, source, options, attributes, out refused);
        if (tree is null && refused.Errno == EPERM && step.Type == "sysfs" && SharesNetwork(rootfs))
            return HostSysfs(attributes);
        return tree ?? throw refused.ToException();
    }

    /// <summary>
    /// Whether the source is a block device; `ro` then applies to the file system too. A read-only device must be mounted read-only, and
    /// otherwise the journal of a foreign file system would be replayed.
    /// </summary>
    private static bool IsBlockDevice(string source)
    {
        using Fd? device = source.StartsWith('/') ? Sys.TryOpenAt(Fd.Cwd, source, O_PATH, out _) : null;
        return device is not null && Inode.Of(device, source).Type == S_IFBLK;
    }

    /// <summary>Whether the container shares the runtime's network namespace: sysfs shows that, and only its owner may mount one.</summary>
    private static bool SharesNetwork(RootfsSetup rootfs) => rootfs.Plan.Namespaces is { HasUser: true, HasNetwork: false };

    /// <summary>
    /// Clones the runtime's sysfs, which shows the shared network namespace. CVE-2023-25809: everything mounted below becomes read-only
    /// too, whatever the options; the mapped root may write to nothing there.
    /// </summary>
    private static Tree HostSysfs(ulong attributes)
    {
        Tree tree = Tree.Clone(Fd.Cwd, "/sys", recursive: true);
        tree.Set(attributes & ~MOUNT_ATTR__ATIME | MOUNT_ATTR_RDONLY, 0, recursive: true);
        tree.SetPropagation(MS_PRIVATE, recursive: true);
        return tree;
    }

    /// <summary>
    /// Adds the mode of the covered directory, if the image has that directory and the options set no mode. A directory created for the
    /// mount has no mode to pass on.
    /// </summary>
    private static string[] TmpfsData(string[] data, Inode covered)
        => HasOption(data, "mode=") ? data : [.. data, "mode=" + Convert.ToString(covered.Mode, 8)];

    private static bool HasOption(string[] data, string key)
    {
        foreach (string option in data)
            if (option.StartsWith(key, StringComparison.Ordinal))
                return true;
        return false;
    }

    /// <summary>fsconfig(2) refuses a value of more than 255 bytes (overlay's lowerdir).</summary>
    private static bool HasLongOption(string[] data)
    {
        foreach (string option in data)
            if (option.Length > 255)
                return true;
        return false;
    }
}

/// <summary>
/// A procfs for a PID namespace by path, made by a process that is not in it yet. Since Linux 6.17 procfs accepts the namespace as an
/// option; before, the runtime has a process inside open it (<see cref="Init.ProcOpener"/>).
/// </summary>
internal static class JoinedProc
{
    public static Tree? TryCreate(RootfsSetup rootfs, string source, string[] options, ulong attributes, out SysError refused)
    {
        Namespace[] listed = rootfs.Plan.Namespaces.Listed;
        Fd pid = rootfs.Plan.NamespaceFds[Array.FindIndex(listed, static n => n.Type == NamespaceType.Pid)]!;
        using Fd? own = Sys.TryFsOpen("proc", out refused);
        if (own is null)
            return null;
        refused = Sys.TryFsConfig(own, "pidns", pid).On("proc");
        if (!refused.Failed)
            return Tree.TryCreate(own, "proc", source, options, attributes, out refused);
        if (refused.Errno != EINVAL)
            return null;
        using Fd? theirs = rootfs.RequestProc(out int errno);
        refused = new("fsopen", "proc, in the PID namespace by path", errno);
        return theirs is null ? null : Tree.TryCreate(theirs, "proc", source, options, attributes, out refused);
    }
}

/// <summary>
/// The only exception to mounting by descriptor: options too long for fsconfig(2) (overlay's lowerdir, SELinux contexts) go through
/// mount(2) on /proc/self/fd/N, at a place that no other process can reach.
/// </summary>
internal static class LegacyMount
{
    /// <returns>The detached mount, so that the rest is the same as for any other. Only we are in the mount namespace and could see it in
    /// the meantime.</returns>
    /// <param name="attributes">MOUNT_ATTR_….</param>
    /// <param name="isJoined">/proc is that of a mount namespace by path, where others may have put links.</param>
    public static Tree Make(MountStep step, string source, string[] data, Fd target, ulong attributes, bool isJoined)
    {
        // The result can be found only by name, so the name is in our own tmpfs: in the image it could be replaced.
        const string Name = "mount";
        using Tree own = Tree.Create("tmpfs", "tmpfs", [], 0);
        own.AttachTo(target);
        Sys.MkdirAt(own.Fd, Name, Modes.O700);
        using (Fd place = Sys.OpenAt(own.Fd, Name, O_PATH | O_DIRECTORY))
        {
            SysError error = Sys.TryMount(source, PathOf(place, isJoined), step.Type, step.Options.MsFlags, string.Join(',', data));
            error.On(step.Destination).ThrowIfFailed();
        }
        using Fd mounted = Sys.OpenAt(own.Fd, Name, O_PATH | O_DIRECTORY);
        Tree tree = Tree.Clone(mounted, "", recursive: false, step.Destination);
        Unmount(mounted, step, isJoined);
        Unmount(own.Fd, step, isJoined);
        tree.SetPropagation(MS_PRIVATE, recursive: false);
        tree.Set(attributes, step.Options.AttrClear | step.Options.RecursiveClear);
        return tree;
    }

    private static void Unmount(Fd mounted, MountStep step, bool isJoined)
        => Sys.TryUmount(PathOf(mounted, isJoined), MNT_DETACH).On(step.Destination).ThrowIfFailed();

    /// <summary>
    /// A path to what is open: a numbered descriptor of our own process in the procfs of the host, or else the working directory, from
    /// which relative paths in options would then start.
    /// </summary>
    private static string PathOf(Fd directory, bool isJoined)
    {
        if (!isJoined)
            return directory.ProcPath;
        Sys.Fchdir(directory, "mount");
        return ".";
    }
}

/// <summary>
/// Labels the root of an mqueue after the mount, because mqueue has no context option. It belongs to the IPC namespace: the host's may not
/// be labelled.
/// </summary>
internal static class QueueLabel
{
    public static void Set(Tree tree, MountStep step, InitPlan plan)
    {
        if (step.Type != "mqueue" || plan.Rootfs.Label.Context is not { } label || !plan.Namespaces.HasIpc)
            return;
        using Fd root = Sys.OpenAt(tree.Fd, ".", O_RDONLY | O_DIRECTORY);
        SysError error = Sys.TryFsetxattr(root, "security.selinux", KernelText.Encode(label + "\0"));
        if (error.Failed)
            throw ContainerException.From(
                ErrorCode.MountLabel, error.On(step.Destination), $"cannot label {step.Destination} {label}", "/linux/mountLabel");
    }
}
