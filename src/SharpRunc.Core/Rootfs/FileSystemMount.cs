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
            ? LegacyMount.Make(step, source, data, target, options.Attributes & ~later)
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
