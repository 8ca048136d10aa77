using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rootfs;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The mounts, in their order: sources, file systems with their options, and whether there is a place to mount on. Create's words, for what
/// the kernel would answer.
/// </summary>
internal sealed class MountCheck(HostFindings found, RootfsView view)
{
    private const string FileSystems = "/proc/filesystems";

    /// <summary>They read their options alone, and open nothing by that.</summary>
    private static readonly string[] Virtual = ["tmpfs", "proc", "sysfs", "devpts", "mqueue", "ramfs"];

    private readonly Access access = Access.OfSetup(found);
    private readonly string? known = HostFindings.Read(FileSystems);

    public void Run()
    {
        foreach (MountStep step in MountStep.All(found.Config.Mounts, found.Bundle))
        {
            found.Try(() => Check(step));
            if (step.Kind != MountKind.Remount)
                view.Cover(step);
        }
    }

    private void Check(MountStep step)
    {
        switch (step.Kind)
        {
            case MountKind.Bind:
                CheckBind(step);
                break;
            case MountKind.Remount:
                CheckRemount(step);
                break;
            default:
                CheckFileSystem(step);
                CheckPlace(step, isDirectory: true, "openat2");
                break;
        }
    }

    private void CheckBind(MountStep step)
    {
        bool copiesLink = step.Options.CopySymlink;
        int noFollow = step.Options.SourceNoFollow || copiesLink ? O_NOFOLLOW : 0;
        using Fd? source = Sys.TryOpenAt(Fd.Cwd, step.Source, O_PATH | noFollow, out SysError error);
        if (source is null)
            throw Mounts.Refused(step, new("open_tree", step.Source, error.Errno), "/source");
        Inode inode = Inode.Known(source, step.Source);
        if (copiesLink && inode.IsLink)
            return;
        CheckPlace(step, inode.IsDirectory, "move_mount");
    }

    /// <summary>The root file system may have mounts of the host in it.</summary>
    private void CheckRemount(MountStep step)
    {
        if (step.Destination == "/" || view.HasMountOn(step.Destination))
            return;
        Place place = view.Look(step.Destination, out Inode inode, out _);
        if (place is Place.Missing or Place.Refused)
            throw Mounts.Refused(step, new("openat2", step.Destination, ENOENT), "/destination");
        if (place == Place.Found && !inode.IsMountRoot)
            throw Remount.NothingThere(step);
    }

    /// <summary>config.md#mounts: "If destination does not exist, the runtime MUST create it".</summary>
    private void CheckPlace(MountStep step, bool isDirectory, string call)
    {
        if (step.IsRoot)
            return;
        bool mustBeReal = step.Kind == MountKind.Kernel || step.Destination is "/proc" or "/sys";
        Place place = view.Look(step.Destination, out Inode inode, out SysError error, step.Options.DestinationNoFollow);
        int errno = place switch
        {
            Place.Refused => error.Errno,
            Place.Found or Place.Missing when mustBeReal && view.HasLink(step.Destination) => ELOOP,
            Place.Found when inode.IsDirectory != isDirectory => ENOTDIR,
            Place.Missing when IsReadOnly(found.Rootfs) => EROFS,
            Place.Missing when !access.MayMake(view, step.Destination) => EACCES,
            _ => 0,
        };
        if (errno != 0)
            throw Mounts.Refused(step, new(errno is EROFS or EACCES ? "mkdirat" : call, step.Destination, errno), "/destination");
    }

    private static bool IsReadOnly(string rootfs) => (Sys.Statfs(rootfs).f_flags & ST_RDONLY) != 0;

    private void CheckFileSystem(MountStep step)
    {
        if (step.Kind == MountKind.Cgroup)
        {
            if (step.Type == "cgroup2" && !Array.Exists(CgroupLayout.Detect().Hierarchies, static one => one.IsUnified))
                throw CgroupMount.NoUnified(step);
            return;
        }
        if (!IsKnown(step))
            return;
        if (IsOnDevice(step.Type))
            CheckDevice(step);
        // What is too long for fsconfig(2), or has no name there, goes through mount(2).
        else if (Array.IndexOf(Virtual, step.Type) >= 0 && !step.Options.HasUnnamedFlags
            && !Array.Exists(step.Options.Data, static option => option.Length > byte.MaxValue))
            CheckOptions(step);
    }

    private static void CheckOptions(MountStep step)
    {
        try
        {
            Tree.RequireOptions(step.Type, step.Source, [.. step.Options.SuperblockFlags, .. step.Options.Data]);
        }
        catch (SysException e)
        {
            throw Mounts.Refused(step, e, "/options");
        }
    }

    /// <summary>proc(5): a line is "nodev", or nothing, a tab, and the name.</summary>
    private bool IsKnown(MountStep step)
    {
        if (known is null || $"\n{known}".Contains($"\t{step.Type}\n", StringComparison.Ordinal))
            return known is not null;
        if (!KernelModules.MayHave("fs-", step.Type))
            throw Mounts.Refused(step, new("fsopen", step.Type, ENODEV), "/type");
        found.Warn($"{step.Pointer}/type", $"the kernel has no file system {step.Type}, unless it loads a module for it");
        return false;
    }

    private bool IsOnDevice(string type) => $"\n{known}".Contains($"\n\t{type}\n", StringComparison.Ordinal);

    /// <summary>user_namespaces(7): no block-based file system can be mounted in a user namespace.</summary>
    private void CheckDevice(MountStep step)
    {
        if (found.HasUser)
            throw Mounts.Refused(step, new("fsconfig", step.Type, EPERM), "/type");
        if (step.Type == "erofs")
            return; // from a file, too
        using Fd? device = Sys.TryOpenAt(Fd.Cwd, step.Source, O_PATH, out SysError error);
        int errno = device is null ? error.Errno : Inode.Known(device, step.Source).Type == S_IFBLK ? 0 : ENOTBLK;
        if (errno != 0)
            throw Mounts.Refused(step, new("fsconfig", step.Type, errno), "/source");
    }
}

/// <summary>What modprobe(8) may load when the kernel asks for it.</summary>
internal static class KernelModules
{
    /// <param name="prefix">Of the alias: "fs-".</param>
    /// <returns>false: the kernel has no such module.</returns>
    public static bool MayHave(string prefix, string name)
    {
        bool isName = name is not ("" or "none" or "bind");
        foreach (char c in name)
            isName &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';
        if (!isName || !Sys.Exists(Fd.Cwd, "/proc/modules"))
            return false;
        string? aliases = HostFindings.Read($"/lib/modules/{Sys.KernelRelease()}/modules.alias", most: 1 << 26);
        return aliases is null || aliases.Contains($"alias {prefix}{name} ", StringComparison.Ordinal);
    }
}
