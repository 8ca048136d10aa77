namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Mounts by descriptor, and the calls without a descriptor form.
internal static unsafe partial class Sys
{
    /// <param name="flags">OPEN_TREE_… and AT_….</param>
    public static Fd? TryOpenTree(Fd dir, string path, uint flags, out SysError error)
    {
        fixed (byte* p = CString(path))
            return TryOpen("open_tree", path, out error, SYS_open_tree, dir.Number, (nint)p, (nint)(flags | OPEN_TREE_CLOEXEC));
    }

    /// <summary>Attaches a detached tree to what <paramref name="target"/> refers to.</summary>
    public static void MoveMount(Fd tree, Fd target, string subject)
    {
        const nint ByDescriptors = (nint)(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
        byte empty = 0;
        nint noPath = (nint)(&empty);
        Call("move_mount", subject, SYS_move_mount, tree.Number, noPath, target.Number, noPath, ByDescriptors);
    }

    public static Fd? TryFsOpen(string type, out SysError error)
    {
        fixed (byte* p = CString(type))
            return TryOpen("fsopen", type, out error, SYS_fsopen, (nint)p, (nint)FSOPEN_CLOEXEC);
    }

    /// <param name="value">null: a flag without a value. At most 255 bytes, which is the kernel's limit.</param>
    public static SysError TryFsConfig(Fd context, string key, string? value)
    {
        fixed (byte* k = CString(key), v = value is null ? null : CString(value))
        {
            uint command = value is null ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
            return Attempt("fsconfig", key, SYS_fsconfig, context.Number, (nint)command, (nint)k, (nint)v);
        }
    }

    /// <param name="value">A descriptor.</param>
    public static SysError TryFsConfig(Fd context, string key, Fd value)
    {
        fixed (byte* k = CString(key))
            return Attempt("fsconfig", key, SYS_fsconfig, context.Number, (nint)FSCONFIG_SET_FD, (nint)k, 0, value.Number);
    }

    public static SysError TryFsCreate(Fd context, string subject)
        => Attempt("fsconfig", subject, SYS_fsconfig, context.Number, (nint)FSCONFIG_CMD_CREATE);

    /// <summary>The file system mounted at <paramref name="mount"/>, to be reconfigured.</summary>
    public static Fd FsPick(Fd mount, string subject)
    {
        byte empty = 0;
        return Fd.Own(Call("fspick", subject, SYS_fspick, mount.Number, (nint)(&empty), (nint)(FSPICK_CLOEXEC | FSPICK_EMPTY_PATH)));
    }

    public static SysError TryFsReconfigure(Fd context, string subject)
        => Attempt("fsconfig", subject, SYS_fsconfig, context.Number, (nint)FSCONFIG_CMD_RECONFIGURE);

    /// <param name="attributes">MOUNT_ATTR_….</param>
    public static Fd? TryFsMount(Fd context, ulong attributes, string subject, out SysError error)
        => TryOpen("fsmount", subject, out error, SYS_fsmount, context.Number, (nint)FSMOUNT_CLOEXEC, (nint)attributes);

    /// <summary>Changes the mount that <paramref name="tree"/> refers to and, with AT_RECURSIVE, all below it.</summary>
    public static SysError TryMountSetAttr(Fd tree, mount_attr attributes, int flags, string subject)
    {
        byte empty = 0;
        nint noPath = (nint)(&empty), changes = (nint)(&attributes);
        int allFlags = AT_EMPTY_PATH | flags;
        return Attempt("mount_setattr", subject, SYS_mount_setattr, tree.Number, noPath, allFlags, changes, sizeof(mount_attr));
    }

    public static void MountSetAttr(Fd tree, mount_attr attributes, int flags, string subject)
        => TryMountSetAttr(tree, attributes, flags, subject).ThrowIfFailed();

    /// <summary>mount(2) with flags only: sets the propagation of a mount point in the runtime's own root.</summary>
    public static void MountPropagation(string path, ulong flags)
    {
        LibraryCall call = new("mount", path);
        fixed (byte* p = CString(path))
            while (call.IsDue)
                call.Returned(mount(null, p, null, (ulong_t)flags, null));
        call.ResultOrThrow();
    }

    /// <summary>
    /// The legacy mount(2), for option strings that fsconfig(2) cannot carry. <paramref name="target"/> is /proc/self/fd/N of a verified
    /// Fd.
    /// </summary>
    public static SysError TryMount(string? source, string target, string type, ulong flags, string? data)
    {
        byte[]? sourceBytes = source is null ? null : CString(source);
        byte[]? dataBytes = data is null ? null : CString(data);
        LibraryCall call = new("mount", target);
        fixed (byte* s = sourceBytes, t = CString(target), y = CString(type), d = dataBytes)
            while (call.IsDue)
                call.Returned(mount(s, t, y, (ulong_t)flags, d));
        return call.Error;
    }

    public static SysError TryUmount(string path, int flags)
    {
        LibraryCall call = new("umount2", path);
        fixed (byte* p = CString(path))
            while (call.IsDue)
                call.Returned(umount2(p, flags));
        return call.Error;
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
        LibraryCall call = new("chroot", path);
        fixed (byte* p = CString(path))
            while (call.IsDue)
                call.Returned(chroot(p));
        call.ResultOrThrow();
    }
}
