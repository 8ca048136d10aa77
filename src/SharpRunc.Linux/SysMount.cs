using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Mounts by descriptor, and the three calls without a descriptor form.
internal static unsafe partial class Sys
{
    /// <param name="flags">OPEN_TREE_… and AT_….</param>
    public static Fd? TryOpenTree(Fd dir, string path, uint flags, out int error)
    {
        fixed (byte* p = CString(path))
        {
            nint result = Try("open_tree", path, SYS_open_tree, dir.Number, (nint)p, (nint)(flags | OPEN_TREE_CLOEXEC));
            error = result < 0 ? (int)result : 0;
            return result < 0 ? null : Fd.Own(result);
        }
    }

    public static Fd OpenTree(Fd dir, string path, uint flags, string? subject = null)
        => TryOpenTree(dir, path, flags, out int error) ?? throw new SysException("open_tree", subject ?? path, -error);

    /// <summary>Attaches a detached tree to what <paramref name="target"/> refers to.</summary>
    public static void MoveMount(Fd tree, Fd target, string subject)
    {
        byte empty = 0;
        Call("move_mount", subject, SYS_move_mount, tree.Number, (nint)(&empty), target.Number, (nint)(&empty), (nint)(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
    }

    public static Fd FsOpen(string type)
    {
        fixed (byte* p = CString(type))
            return Fd.Own(Call("fsopen", type, SYS_fsopen, (nint)p, (nint)FSOPEN_CLOEXEC));
    }

    public static Fd? TryFsOpen(string type, out int error)
    {
        fixed (byte* p = CString(type))
        {
            nint result = Try("fsopen", type, SYS_fsopen, (nint)p, (nint)FSOPEN_CLOEXEC);
            error = result < 0 ? (int)result : 0;
            return result < 0 ? null : Fd.Own(result);
        }
    }

    /// <param name="value">null: a flag without a value. At most 255 bytes, which is the kernel's limit.</param>
    public static int TryFsConfig(Fd context, string key, string? value)
    {
        fixed (byte* k = CString(key), v = value is null ? null : CString(value))
            return (int)Try("fsconfig", key, SYS_fsconfig, context.Number, (nint)(value is null ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING), (nint)k, (nint)v);
    }

    /// <param name="value">A descriptor.</param>
    public static int TryFsConfig(Fd context, string key, Fd value)
    {
        fixed (byte* k = CString(key))
            return (int)Try("fsconfig", key, SYS_fsconfig, context.Number, (nint)FSCONFIG_SET_FD, (nint)k, 0, value.Number);
    }

    public static int TryFsCreate(Fd context, string subject) => (int)Try("fsconfig", subject, SYS_fsconfig, context.Number, (nint)FSCONFIG_CMD_CREATE);

    /// <summary>The file system mounted at <paramref name="mount"/>, to be reconfigured.</summary>
    public static Fd FsPick(Fd mount, string subject)
    {
        byte empty = 0;
        return Fd.Own(Call("fspick", subject, SYS_fspick, mount.Number, (nint)(&empty), (nint)(FSPICK_CLOEXEC | FSPICK_EMPTY_PATH)));
    }

    public static int TryFsReconfigure(Fd context, string subject) => (int)Try("fsconfig", subject, SYS_fsconfig, context.Number, (nint)FSCONFIG_CMD_RECONFIGURE);

    /// <param name="attributes">MOUNT_ATTR_….</param>
    public static Fd? TryFsMount(Fd context, ulong attributes, string subject, out int error)
    {
        nint result = Try("fsmount", subject, SYS_fsmount, context.Number, (nint)FSMOUNT_CLOEXEC, (nint)attributes);
        error = result < 0 ? (int)result : 0;
        return result < 0 ? null : Fd.Own(result);
    }

    /// <summary>Changes the mount that <paramref name="tree"/> refers to and, with AT_RECURSIVE, all below it.</summary>
    public static int TryMountSetAttr(Fd tree, mount_attr attributes, int flags, string subject)
    {
        byte empty = 0;
        return (int)Try("mount_setattr", subject, SYS_mount_setattr, tree.Number, (nint)(&empty), AT_EMPTY_PATH | flags, (nint)(&attributes), sizeof(mount_attr));
    }

    public static void MountSetAttr(Fd tree, mount_attr attributes, int flags, string subject)
        => Checked("mount_setattr", subject, TryMountSetAttr(tree, attributes, flags, subject));

    /// <summary>mount(2) with flags only: sets the propagation of a mount point in the runtime's own root.</summary>
    public static void MountPropagation(string path, ulong flags)
    {
        fixed (byte* p = CString(path))
            Call("mount", path, SYS_mount, 0, (nint)p, 0, (nint)flags);
    }

    /// <summary>
    /// The legacy mount(2), for option strings that fsconfig(2) cannot carry. <paramref name="target"/> is /proc/self/fd/N of a verified
    /// Fd.
    /// </summary>
    public static int TryMount(string? source, string target, string type, ulong flags, string? data)
    {
        fixed (byte* s = source is null ? null : CString(source), t = CString(target), y = CString(type), d = data is null ? null : CString(data))
            return (int)Try("mount", target, SYS_mount, (nint)s, (nint)t, (nint)y, (nint)flags, (nint)d);
    }

    public static int TryUmount(string path, int flags)
    {
        fixed (byte* p = CString(path))
            return (int)Try("umount2", path, SYS_umount2, (nint)p, flags);
    }

    /// <summary>
    /// pivot_root(".", "."): the working directory becomes the root, and the old root is stacked under it at the same place.
    /// </summary>
    public static void PivotRootHere()
    {
        fixed (byte* dot = "."u8)
            Call("pivot_root", ".", SYS_pivot_root, (nint)dot, (nint)dot);
    }

    public static void Chroot(string path)
    {
        fixed (byte* p = CString(path))
            Call("chroot", path, SYS_chroot, (nint)p);
    }
}
