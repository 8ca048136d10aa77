using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Explains the kernel's refusal of an id-mapped mount.</summary>
internal static class IdMapping
{
    public static ContainerException Refused(MountStep step, int errno)
    {
        SysException refusal = new("mount_setattr", step.Destination, errno);
        string operation = $"mounts[{step.Index}]: cannot map the ids of {step.Destination}";
        string? hint = errno switch
        {
            EINVAL => $"file system {Types(step)} cannot be id-mapped by this kernel ({Sys.KernelRelease()})",
            EPERM => $"file system {Types(step)} belongs to another user namespace, or is id-mapped where it comes from",
            _ => null,
        };
        return ContainerException.From(refusal, operation, step.Pointer, hint);
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
