using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// mount_namespaces(7), "Restrictions": a user namespace cannot remove the restrictions of the host's mount. They stay, and a config that
/// asks for their removal by name gets a warning: engines write <c>rw</c> for every volume, wherever it comes from.
/// </summary>
internal static class LockedFlags
{
    private const ulong Times = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;

    /// <summary>mount_namespaces(7) lists these; nosymfollow is not locked.</summary>
    private static readonly (string Name, ulong Flag)[] Lockable =
        [("ro", MOUNT_ATTR_RDONLY), ("nosuid", MOUNT_ATTR_NOSUID), ("nodev", MOUNT_ATTR_NODEV), ("noexec", MOUNT_ATTR_NOEXEC)];

    /// <summary>As mount_setattr(2), but keeps the flags that are locked.</summary>
    public static void Set(RootfsSetup rootfs, Tree tree, MountStep step, ulong set, ulong clear, bool recursive)
    {
        SysError error = tree.TrySet(set, clear, recursive);
        if (!error.Failed)
            return;
        if (error.Errno != EPERM || !rootfs.Plan.Namespaces.HasUser)
            throw error.On(step.Destination).ToException();
        ulong held = tree.Attributes;
        if (recursive)
            // The mounts below have their own flags: no flag is removed from any of them.
            tree.Set(set & ~Times, 0, recursive: true);
        else
        {
            bool keepsTimes = ((held & ~clear | set) & Times) != (held & Times);
            ulong kept = held & Flags() | (keepsTimes ? Times : 0);
            tree.Set(set & ~(keepsTimes ? Times : 0), clear & ~kept);
        }
        ulong asked = recursive ? clear : step.Options.AttrClear;
        string names = "";
        foreach ((string name, ulong flag) in Lockable)
            if ((asked & flag) != 0 && (recursive || (held & flag) != 0))
                names += $", {name}";
        if (((asked | set) & Times) != 0 && (recursive || ((held & ~clear | set) & Times) != (held & Times)))
            names += ", its access times";
        if (names.Length == 0)
            return;
        string mount = recursive ? "mount or one below it" : "mount";
        rootfs.Warn($"{step.Pointer}/options: the host's {mount} forbids what {step.Destination} should allow, "
            + $"and a user namespace cannot lift that: it keeps {names[2..]}");
    }

    private static ulong Flags()
    {
        ulong flags = 0;
        foreach ((_, ulong flag) in Lockable)
            flags |= flag;
        return flags;
    }
}
