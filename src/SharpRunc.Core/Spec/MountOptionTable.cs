namespace SharpRunc.Core.Spec;

using static SharpRunc.Linux.LibC.Libc;

// config.md#linux-mount-options in full: MUST, SHOULD, MAY, then the additions of other runtimes.
internal sealed partial class MountOptions
{
    private enum Effect
    {
        None, Set, Clear, Atime, NotAtime, SetBelow, ClearBelow, AtimeBelow, NotAtimeBelow, SuperOn, SuperOff, Propagate, Bind, Remount,
        TmpCopyUp, IdMap, RIdMap, CopySymlink, SourceNoFollow, DestinationNoFollow,
    }

    private static readonly (string Name, Effect Effect, ulong Bits)[] Table =
    [
        ("defaults", Effect.None, 0),
        ("ro", Effect.Set, MOUNT_ATTR_RDONLY), ("rw", Effect.Clear, MOUNT_ATTR_RDONLY),
        ("nosuid", Effect.Set, MOUNT_ATTR_NOSUID), ("suid", Effect.Clear, MOUNT_ATTR_NOSUID),
        ("nodev", Effect.Set, MOUNT_ATTR_NODEV), ("dev", Effect.Clear, MOUNT_ATTR_NODEV),
        ("noexec", Effect.Set, MOUNT_ATTR_NOEXEC), ("exec", Effect.Clear, MOUNT_ATTR_NOEXEC),
        ("nodiratime", Effect.Set, MOUNT_ATTR_NODIRATIME), ("diratime", Effect.Clear, MOUNT_ATTR_NODIRATIME),
        ("nosymfollow", Effect.Set, MOUNT_ATTR_NOSYMFOLLOW), ("symfollow", Effect.Clear, MOUNT_ATTR_NOSYMFOLLOW),
        ("noatime", Effect.Atime, MOUNT_ATTR_NOATIME), ("atime", Effect.NotAtime, MOUNT_ATTR_NOATIME),
        ("relatime", Effect.Atime, MOUNT_ATTR_RELATIME),
        ("norelatime", Effect.Clear, 0), // relatime is the kernel's default: nothing to return to
        ("strictatime", Effect.Atime, MOUNT_ATTR_STRICTATIME), ("nostrictatime", Effect.NotAtime, MOUNT_ATTR_STRICTATIME),

        // As above, for every mount below: mount_setattr(AT_RECURSIVE). rnodev is missing from the specification's table by an oversight.
        ("rro", Effect.SetBelow, MOUNT_ATTR_RDONLY), ("rrw", Effect.ClearBelow, MOUNT_ATTR_RDONLY),
        ("rnosuid", Effect.SetBelow, MOUNT_ATTR_NOSUID), ("rsuid", Effect.ClearBelow, MOUNT_ATTR_NOSUID),
        ("rnodev", Effect.SetBelow, MOUNT_ATTR_NODEV), ("rdev", Effect.ClearBelow, MOUNT_ATTR_NODEV),
        ("rnoexec", Effect.SetBelow, MOUNT_ATTR_NOEXEC), ("rexec", Effect.ClearBelow, MOUNT_ATTR_NOEXEC),
        ("rnodiratime", Effect.SetBelow, MOUNT_ATTR_NODIRATIME), ("rdiratime", Effect.ClearBelow, MOUNT_ATTR_NODIRATIME),
        ("rnosymfollow", Effect.SetBelow, MOUNT_ATTR_NOSYMFOLLOW), ("rsymfollow", Effect.ClearBelow, MOUNT_ATTR_NOSYMFOLLOW),
        ("rnoatime", Effect.AtimeBelow, MOUNT_ATTR_NOATIME), ("ratime", Effect.NotAtimeBelow, MOUNT_ATTR_NOATIME),
        ("rrelatime", Effect.AtimeBelow, MOUNT_ATTR_RELATIME), ("rnorelatime", Effect.NotAtimeBelow, MOUNT_ATTR_RELATIME),
        ("rstrictatime", Effect.AtimeBelow, MOUNT_ATTR_STRICTATIME), ("rnostrictatime", Effect.NotAtimeBelow, MOUNT_ATTR_STRICTATIME),

        // Flags of the superblock.
        ("sync", Effect.SuperOn, MS_SYNCHRONOUS), ("async", Effect.SuperOff, MS_SYNCHRONOUS),
        ("dirsync", Effect.SuperOn, MS_DIRSYNC),
        ("mand", Effect.SuperOn, MS_MANDLOCK), ("nomand", Effect.SuperOff, MS_MANDLOCK),
        ("lazytime", Effect.SuperOn, MS_LAZYTIME), ("nolazytime", Effect.SuperOff, MS_LAZYTIME),
        ("iversion", Effect.SuperOn, MS_I_VERSION), ("noiversion", Effect.SuperOff, MS_I_VERSION),
        ("silent", Effect.SuperOn, MS_SILENT), ("loud", Effect.SuperOff, MS_SILENT),
        // Extensions of another runtime: a superblock has nothing below it, so the r-forms mean the same.
        ("rsync", Effect.SuperOn, MS_SYNCHRONOUS), ("rasync", Effect.SuperOff, MS_SYNCHRONOUS),
        ("rdirsync", Effect.SuperOn, MS_DIRSYNC),
        ("rmand", Effect.SuperOn, MS_MANDLOCK), ("rnomand", Effect.SuperOff, MS_MANDLOCK),

        ("shared", Effect.Propagate, MS_SHARED), ("rshared", Effect.Propagate, MS_SHARED | MS_REC),
        ("slave", Effect.Propagate, MS_SLAVE), ("rslave", Effect.Propagate, MS_SLAVE | MS_REC),
        ("private", Effect.Propagate, MS_PRIVATE), ("rprivate", Effect.Propagate, MS_PRIVATE | MS_REC),
        ("unbindable", Effect.Propagate, MS_UNBINDABLE), ("runbindable", Effect.Propagate, MS_UNBINDABLE | MS_REC),

        ("bind", Effect.Bind, 0), ("rbind", Effect.Bind, MS_REC), ("remount", Effect.Remount, 0),
        ("tmpcopyup", Effect.TmpCopyUp, 0), ("idmap", Effect.IdMap, 0), ("ridmap", Effect.RIdMap, 0),
        ("copy-symlink", Effect.CopySymlink, 0),
        ("src-nofollow", Effect.SourceNoFollow, 0), ("dest-nofollow", Effect.DestinationNoFollow, 0),
    ];
}
