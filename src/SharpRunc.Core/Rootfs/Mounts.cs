using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>config.md#mounts: "The runtime MUST mount entries in the listed order."</summary>
internal sealed class Mounts(RootfsSetup rootfs)
{
    private readonly ProcGuard guard = new(rootfs.Root);

    /// <summary>/dev is the caller's own: nothing is made in it.</summary>
    public bool HasDevBind { get; private set; }

    public void Make()
    {
        Mount[] mounts = rootfs.Plan.Config.Mounts;
        for (int i = 0; i < mounts.Length; i++)
        {
            MountStep step = MountStep.From(mounts[i], i, rootfs.Plan.Bundle);
            try
            {
                Make(step);
            }
            catch (SysException e)
            {
                throw ContainerException.From(e, $"mounts[{i}] {step.Destination}", step.Pointer, Hint(step, e));
            }
            catch (UnexpectedInodeException e)
            {
                throw new ContainerException($"mounts[{i}] {step.Destination}: {e.Message}", e) { Pointer = step.Pointer };
            }
        }
    }

    private void Make(MountStep step)
    {
        HasDevBind |= step is { Kind: MountKind.Bind, Destination: "/dev" };
        switch (step.Kind)
        {
            case MountKind.Bind:
                Bind(step);
                break;
            case MountKind.Remount:
                LegacyMount.Change(rootfs, step);
                break;
            case MountKind.Cgroup:
                CgroupMount.Make(rootfs, step, guard);
                break;
            default:
                FileSystem(step);
                break;
        }
    }

    private void Bind(MountStep step)
    {
        if (step.Options.Data.Length > 0)
            throw new ContainerException($"mounts[{step.Index}]: a bind mount takes no file system option: {string.Join(',', step.Options.Data)}") { Pointer = step.Pointer + "/options" };
        Tree? cloned = Tree.TryClone(Fd.Cwd, step.Source, step.Options.Recursive, out int error);
        if (cloned is null)
            // What the parent clones has the host's flags unlocked; the child's own clone, tried first, has not.
            cloned = error is -EACCES && rootfs.Plan.Namespaces.HasUser ? rootfs.Ask(step.Index, step.Source) : throw new SysException("open_tree", step.Source, -error);
        Tree tree = cloned;
        if (step.IsIdMapped)
            rootfs.MapIds(step, tree);
        Configure(tree, step.Options);
        if (ShowsCgroups(step) && (step.Options.AttrSet & MOUNT_ATTR_RDONLY) != 0)
            tree.Set(MOUNT_ATTR_RDONLY, 0, recursive: true);
        Inode source = Inode.Of(tree.Fd, step.Source);
        using Fd target = source.IsDirectory ? rootfs.Root.MakeDirectory(step.Destination) : rootfs.Root.MakeFile(step.Destination);
        bool isProc = source.Number == ProcGuard.RootInode && Sys.Fstatfs(tree.Fd, step.Source).f_type == PROC_SUPER_MAGIC;
        Inode covered = guard.Check(target, step, isProc);
        if (covered.IsDirectory != source.IsDirectory)
            throw new SysException("move_mount", step.Destination, ENOTDIR); // the kernel would say EINVAL, and engines look for this
        tree.AttachTo(target);
        rootfs.Held.Take(step.Destination, tree);
    }

    /// <summary>
    /// CVE-2023-25809: `rbind,ro` of /sys (`spec --rootless` writes it) makes only the sysfs read-only; the cgroup file systems below it,
    /// where the user may own a part, would stay as they are.
    /// </summary>
    private static bool ShowsCgroups(MountStep step)
        => step.Options.Recursive && (step.Source == "/sys" || step.Source.StartsWith("/sys/", StringComparison.Ordinal));

    private void FileSystem(MountStep step)
    {
        // CVE-2019-19921, CVE-2023-27561: the place of proc and sysfs is a directory of the image, reached through no link.
        using Fd target = step.Kind == MountKind.Kernel ? rootfs.Root.MakeRealDirectory(step.Destination) : rootfs.Root.MakeDirectory(step.Destination);
        Inode covered = guard.Check(target, step, isProc: step.Type == "proc");
        MountOptions options = step.Options;
        bool isTmpfs = step.Kind == MountKind.Tmpfs;
        string[] data = MountLabel.AddTo(isTmpfs ? TmpfsData(options.Data, covered) : options.Data, rootfs.Plan.Config.Linux.MountLabel, step.Type);
        // A tmpfs is filled and mounted upon before it is read-only.
        ulong later = isTmpfs ? (options.AttrSet | options.RecursiveSet) & MOUNT_ATTR_RDONLY : 0;
        string source = step.Source.Length == 0 ? step.Type : step.Source;
        Tree tree = HasLongOption(data)
            ? LegacyMount.Make(step, source, data, target, options.AttrSet & ~later)
            : Tree.Create(step.Type, source, [.. options.SuperblockFlags, .. data], options.AttrSet & ~later);
        MountLabel.GiveToQueue(tree, step, rootfs.Plan);
        tree.Set(options.RecursiveSet & ~later, options.RecursiveClear, recursive: true);
        SetPropagation(tree, options);
        if (options.TmpCopyUp)
        {
            rootfs.JoinCgroup(); // so that what is copied is the container's memory
            CopyUp.Into(tree.Fd, rootfs.Root, step.Destination);
        }
        if (step.IsIdMapped)
            rootfs.MapIds(step, tree);
        tree.AttachTo(target);
        if (later != 0)
            rootfs.SealLater(tree, later);
        rootfs.Held.Take(step.Destination, tree, shared: later != 0);
    }

    internal static void Configure(Tree tree, MountOptions options)
    {
        tree.Set(options.AttrSet, options.AttrClear);
        tree.Set(options.RecursiveSet, options.RecursiveClear, recursive: true);
        SetPropagation(tree, options);
    }

    private static void SetPropagation(Tree tree, MountOptions options)
    {
        foreach (uint propagation in options.Propagation)
            tree.SetPropagation(propagation & ~(uint)MS_REC, (propagation & (uint)MS_REC) != 0);
    }

    /// <summary>Without a mode of its own a tmpfs takes that of the directory it covers.</summary>
    private static string[] TmpfsData(string[] data, Inode covered)
    {
        foreach (string option in data)
            if (option.StartsWith("mode=", StringComparison.Ordinal))
                return data;
        return [.. data, "mode=" + Convert.ToString(covered.Mode, 8)];
    }

    /// <summary>fsconfig(2) refuses a value of more than 255 bytes (overlay's lowerdir).</summary>
    private static bool HasLongOption(string[] data)
    {
        foreach (string option in data)
            if (option.Length > 255)
                return true;
        return false;
    }

    private static string? Hint(MountStep step, SysException e) => e.Errno switch
    {
        EPERM when step.Type == "sysfs" => "sysfs can be mounted only with a network namespace that the container's user namespace owns: bind /sys instead",
        EPERM when step.Type == "proc" => "a proc would show what is covered in the one that the runtime sees (mounts below /proc): run the runtime where /proc is bare, or bind /proc",
        EINVAL when step.Kind == MountKind.Bind && e.Call == "open_tree" && !step.Options.Recursive => "in a user namespace what is mounted below the source cannot be left out: use rbind",
        ENOENT when step.Kind == MountKind.Bind && e.Call == "open_tree" => "the source of a bind mount must exist",
        ELOOP or ENOTDIR when step.Kind == MountKind.Kernel => $"{step.Destination} must be a directory of the image, and no symbolic link may lead to it",
        ENOTDIR => "one of source and destination is a directory and the other is not",
        ENODEV => $"the kernel does not know the file system type {step.Type}",
        _ => null,
    };
}
