using System;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>config.md#mounts: "The runtime MUST mount entries in the listed order."</summary>
internal sealed class Mounts(RootfsSetup rootfs)
{
    private ProcGuard guard = new(rootfs.Root);

    /// <summary>/dev is the caller's own: nothing is created in it.</summary>
    public bool HasDevBind { get; private set; }

    public void Make()
    {
        foreach (MountStep step in rootfs.Plan.Rootfs.Mounts)
        {
            Progress.Enter(Stage.Mounts); // joining the cgroups may have come between
            string mapped = step.IsIdMapped ? ", id-mapped" : "";
            Steps.Log($"mounts[{step.Index}] {step.Destination}: {step.Kind} {step.Type} {step.Source}, "
                + $"options {string.Join(',', step.Listed)}: "
                + $"attributes set 0x{step.Options.AttrSet:x}, cleared 0x{step.Options.AttrClear:x}{mapped}");
            try
            {
                Make(step);
            }
            catch (SysException e)
            {
                throw Refused(step, e);
            }
            catch (UnexpectedInodeException e)
            {
                throw new ContainerException(ErrorCode.MountFailed, $"mounts[{step.Index}] {step.Destination}: {e.Message}", e)
                {
                    Pointer = step.Pointer,
                };
            }
        }
    }

    /// <param name="property">What of the mount is at fault, as far as the caller knows: "/source".</param>
    public static ContainerException Refused(MountStep step, SysException e, string property = "")
    {
        string requirement = IsNoRealDirectory(step, e) ? " must be mounted on ordinary directory" : "";
        string operation = $"mounts[{step.Index}] {step.Destination}{requirement}";
        (ErrorCode code, string? hint) = Explain(step, e);
        return ContainerException.From(code, e, operation, step.Pointer + property, hint);
    }

    private void Make(MountStep step)
    {
        HasDevBind |= step is { Kind: MountKind.Bind, Destination: "/dev" };
        Linux.Root root = rootfs.Root;
        if (step.IsRoot)
            rootfs.ApplyDeferredAttributes();
        switch (step.Kind)
        {
            case MountKind.Bind:
                BindMount.Make(rootfs, step, guard);
                break;
            case MountKind.Remount:
                Remount.Make(rootfs, step);
                break;
            case MountKind.Cgroup:
                CgroupMount.Make(rootfs, step, guard);
                break;
            default:
                FileSystemMount.Make(rootfs, step, guard);
                break;
        }
        if (rootfs.Root != root)
            (guard, HasDevBind) = (new(rootfs.Root), false); // earlier mounts are covered, including /proc and /dev
    }

    public static void Configure(RootfsSetup rootfs, Tree tree, MountStep step)
    {
        LockedFlags.Set(rootfs, tree, step, step.Options.AttrSet, step.Options.MountClear, recursive: false);
        LockedFlags.Set(rootfs, tree, step, step.Options.RecursiveSet, step.Options.RecursiveClear, recursive: true);
    }

    /// <summary>
    /// Sets the propagation of a clone of a host mount: private, unless its options or the root's propagation say otherwise.
    /// </summary>
    public static void SetPropagationOfCopy(RootfsSetup rootfs, Tree tree, MountOptions options)
    {
        bool isPrivate = rootfs.Plan.Rootfs.Propagation.IsPrivate
            && !Array.Exists(options.Propagation, static flags => (flags & (MS_SLAVE | MS_SHARED)) != 0);
        if (isPrivate)
            tree.SetPropagation(MS_PRIVATE, recursive: true);
        SetPropagation(tree, options, isPrivate);
    }

    /// <param name="isPrivate">The whole tree is private already.</param>
    public static void SetPropagation(Tree tree, MountOptions options, bool isPrivate = false)
    {
        foreach (uint propagation in options.Propagation)
        {
            if (!isPrivate || (propagation & MS_PRIVATE) == 0)
                tree.SetPropagation(propagation & ~(uint)MS_REC, (propagation & (uint)MS_REC) != 0);
            isPrivate &= (propagation & MS_PRIVATE) != 0;
        }
    }

    private static bool IsNoRealDirectory(MountStep step, SysException e)
        => e.Errno is ELOOP or ENOTDIR && (step.Kind == MountKind.Kernel || step.Destination is "/proc" or "/sys");

    private static (ErrorCode Code, string? Hint) Explain(MountStep step, SysException e) => e.Errno switch
    {
        EPERM when e.Call == "mount_setattr" => (ErrorCode.MountLocked,
            "a user namespace cannot allow what the host's mount forbids (ro, nosuid, nodev, noexec, its atime): omit the option"),
        EPERM when step.Type == "sysfs" => (ErrorCode.MountLocked,
            "sysfs can be mounted only with a network namespace that the container's user namespace owns: bind /sys instead"),
        EPERM when step.Type == "proc" => (ErrorCode.MountLocked,
            "a new procfs would reveal what mounts below the runtime's /proc cover: "
                + "run the runtime with nothing mounted below /proc, or bind /proc"),
        EINVAL when step.Kind == MountKind.Bind && e.Call == "open_tree" && !step.Options.Recursive => (ErrorCode.MountLocked,
            "in a user namespace, mounts below the source cannot be omitted: use rbind"),
        ENOENT when step.Kind == MountKind.Bind && e.Call == "open_tree"
            => (ErrorCode.MountSourceMissing, "the source of a bind mount must exist"),
        _ when IsNoRealDirectory(step, e) => (ErrorCode.MountLink,
            $"{step.Destination} must be a directory of the image, and no symbolic link may lead to it"),
        ENOTDIR => (ErrorCode.MountKinds, "one of source and destination is a directory and the other is not"),
        EINVAL when step.Kind is MountKind.FileSystem or MountKind.Tmpfs && step.Options.Data.Length > 0 => (ErrorCode.MountOptions,
            $"{step.Type} does not accept all of its options: {string.Join(',', step.Options.Data)}"),
        ENODEV when step.Type.Length == 0
            => (ErrorCode.MountFileSystem, "the mount has no type, and bind or rbind is not among its options"),
        ENODEV when step.Type is "bind" or "none" => (ErrorCode.MountFileSystem, "a bind mount needs the option bind or rbind"),
        ENODEV => (ErrorCode.MountFileSystem, $"the kernel does not know the file system type {step.Type}"),
        _ => (ErrorCode.MountFailed, null),
    };
}

/// <summary>config.md#linux-mount-options, remount: changes the options of what is mounted there.</summary>
internal static class Remount
{
    /// <summary>
    /// File system options apply to all of its mounts, so <c>ro</c> is not among them: it applies to this mount only. Options that are not
    /// named stay, as in mount(8) and unlike mount(2).
    /// </summary>
    public static void Make(RootfsSetup rootfs, MountStep step)
    {
        MountOptions options = step.Options;
        using Fd mounted = rootfs.Root.Find(step.Destination) ?? throw new SysException("openat2", step.Destination, ENOENT);
        if (!Inode.Of(mounted, step.Destination).IsMountRoot)
            throw NothingThere(step);
        if (!options.IsBind && (options.Data.Length > 0 || options.SuperblockFlags.Length > 0))
            Tree.Reconfigure(mounted, step.Destination, [.. options.SuperblockFlags, .. options.Data]);
        using Tree tree = Tree.Adopt(mounted, step.Destination);
        Mounts.Configure(rootfs, tree, step);
        Mounts.SetPropagation(tree, options);
    }

    public static ContainerException NothingThere(MountStep step)
        => new(ErrorCode.MountFailed, $"mounts[{step.Index}]: nothing is mounted on {step.Destination} that could be remounted")
        {
            Pointer = step.Pointer + "/destination",
        };
}

/// <summary>Explains the kernel's refusal of an id-mapped mount.</summary>
internal static class IdMapRefusal
{
    public static ContainerException Explain(MountStep step, int errno)
    {
        SysException refusal = new("mount_setattr", step.Destination, errno);
        string operation = $"mounts[{step.Index}]: cannot map the ids of {step.Destination}";
        string? hint = errno switch
        {
            EINVAL => $"file system {Types(step)} cannot be id-mapped by this kernel ({Sys.KernelRelease()})",
            EPERM => $"file system {Types(step)} belongs to another user namespace, or is id-mapped where it comes from",
            _ => null,
        };
        return ContainerException.From(ErrorCode.MountIdMap, refusal, operation, step.Pointer, hint);
    }

    private static string Types(MountStep step)
    {
        if (step.Kind != MountKind.Bind)
            return step.Type;
        using Fd? source = Sys.TryOpenAt(Fd.Cwd, step.Source, O_PATH, out _);
        ulong id = source is null ? 0 : Inode.Of(source, step.Source).MountId;
        MountInfo mount = MountInfo.Read().Find(mount => mount.Id == id);
        return step.Options.RIdMap ? $"{mount.Type}, or one mounted below it," : mount.Type ?? "";
    }
}
