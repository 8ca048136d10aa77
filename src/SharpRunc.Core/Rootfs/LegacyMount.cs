using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>
/// The one listed exception to mounting by descriptor: options too long for fsconfig(2) (overlay's lowerdir, SELinux contexts)
/// go through mount(2) on /proc/self/fd/N of the verified place, and the result is verified again.
/// </summary>
internal static class LegacyMount
{
    public static void Make(RootfsSetup rootfs, MountStep step, Fd target)
    {
        MountOptions options = step.Options;
        ulong before = Inode.Of(target, step.Destination).MountId;
        // A numbered descriptor of our own process, in the procfs of the host that is still visible.
        string place = $"/proc/self/fd/{target.Number}";
        int error = Sys.TryMount(step.Source.Length == 0 ? step.Type : step.Source, place, step.Type, options.MsFlags, string.Join(',', options.Data));
        if (error < 0)
            throw new SysException("mount", step.Destination, -error);
        using Fd mounted = rootfs.Root.Find(step.Destination) ?? throw new UnexpectedInodeException($"{step.Destination} vanished while it was mounted on");
        if (Inode.Of(mounted, step.Destination).MountId == before)
            throw new UnexpectedInodeException($"{step.Destination} is not what was mounted");
        SetAttributes(mounted, options, step.Destination);
        foreach (uint propagation in options.Propagation)
            Sys.MountSetAttr(mounted, new() { propagation = propagation & ~(uint)MS_REC }, (propagation & (uint)MS_REC) != 0 ? AT_RECURSIVE : 0, step.Destination);
    }

    /// <summary>remount: what is mounted there gets other attributes and, unless it is a bind mount, its file system other options.</summary>
    public static void Change(RootfsSetup rootfs, MountStep step)
    {
        MountOptions options = step.Options;
        using Fd mounted = rootfs.Root.Find(step.Destination) ?? throw new SysException("openat2", step.Destination, ENOENT);
        if (!options.IsBind && (options.Data.Length > 0 || options.MsFlags != 0))
        {
            int error = Sys.TryMount(null, $"/proc/self/fd/{mounted.Number}", step.Type, MS_REMOUNT | options.MsFlags, string.Join(',', options.Data));
            if (error < 0)
                throw new SysException("mount", step.Destination, -error);
        }
        SetAttributes(mounted, options, step.Destination);
    }

    private static void SetAttributes(Fd mounted, MountOptions options, string destination)
    {
        ulong set = options.AttrSet | options.RecursiveSet, clear = options.AttrClear | options.RecursiveClear;
        if (set != 0 || clear != 0)
            Sys.MountSetAttr(mounted, new() { attr_set = set, attr_clr = clear }, 0, destination);
    }
}
