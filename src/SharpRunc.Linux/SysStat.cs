using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Attributes of files and file systems: statx(2), statfs(2), xattr(7).
internal static unsafe partial class Sys
{
    /// <summary>statx(2) of what the descriptor refers to, or of a name in a directory without following a link.</summary>
    /// <param name="sync">AT_STATX_DONT_SYNC: what the kernel knows already, without asking who serves the file system.</param>
    public static statx Statx(Fd dir, string name, string? subject = null, int sync = 0)
    {
        nint flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | sync, wanted = (nint)(STATX_BASIC_STATS | STATX_MNT_ID);
        statx facts;
        fixed (byte* p = CString(name))
            Call("statx", subject ?? name, SYS_statx, dir.Number, (nint)p, flags, wanted, (nint)(&facts));
        return facts;
    }

    /// <summary>Whether a name exists in a directory; a link is not followed.</summary>
    public static bool Exists(Fd dir, string name)
    {
        statx facts;
        fixed (byte* p = CString(name))
            return Try("statx", name, SYS_statx, dir.Number, (nint)p, AT_SYMLINK_NOFOLLOW, 0, (nint)(&facts)) == 0;
    }

    public static statfs Fstatfs(Fd fd, string? subject = null)
    {
        statfs facts;
        Call("fstatfs", subject, SYS_fstatfs, fd.Number, (nint)(&facts));
        return facts;
    }

    public static statfs Statfs(string path)
    {
        statfs facts;
        fixed (byte* p = CString(path))
            Call("statfs", path, SYS_statfs, (nint)p, (nint)(&facts));
        return facts;
    }

    /// <summary>xattr(7): the maximum size of a list or a value.</summary>
    private const int MaxAttribute = 64 * 1024;

    public static SysError TryFsetxattr(Fd fd, string name, ReadOnlySpan<byte> value)
    {
        fixed (byte* n = CString(name), v = value)
            return Attempt("fsetxattr", name, SYS_fsetxattr, fd.Number, (nint)n, (nint)v, value.Length, 0);
    }

    /// <summary>
    /// The names of a file's attributes, as far as they are visible to this process; empty if the file system does not support them.
    /// </summary>
    public static string[] ListXattr(Fd fd, string? subject)
    {
        nint size = Attempt("flistxattr", subject, out SysError error, SYS_flistxattr, fd.Number);
        if (size == 0 || error.Errno == EOPNOTSUPP)
            return [];
        byte[] list = new byte[MaxAttribute];
        nint length;
        fixed (byte* l = list)
            length = Call("flistxattr", subject, SYS_flistxattr, fd.Number, (nint)l, list.Length);
        return KernelText.Decode(list.AsSpan(0, (int)length)).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>null if it was removed after it was listed.</summary>
    public static byte[]? TryGetXattr(Fd fd, string name)
    {
        byte[] value = new byte[MaxAttribute];
        nint length;
        SysError error;
        fixed (byte* n = CString(name), v = value)
            length = Attempt("fgetxattr", name, out error, SYS_fgetxattr, fd.Number, (nint)n, (nint)v, value.Length);
        if (error.Errno == ENODATA)
            return null;
        error.ThrowIfFailed();
        return value[..(int)length];
    }

    /// <summary>Of an O_PATH descriptor, too, which fgetxattr(2) refuses; null if there is none, or the file system has none.</summary>
    public static byte[]? TryGetXattrByPath(Fd fd, string name)
    {
        byte[] value = new byte[MaxAttribute];
        nint length;
        SysError error;
        fixed (byte* p = CString(fd.ProcPath), n = CString(name), v = value)
            length = Attempt("getxattr", name, out error, SYS_getxattr, (nint)p, (nint)n, (nint)v, value.Length);
        if (error.Errno is ENODATA or EOPNOTSUPP)
            return null;
        error.ThrowIfFailed();
        return value[..(int)length];
    }
}
