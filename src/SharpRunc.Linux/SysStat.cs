using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// File attributes.
internal static unsafe partial class Sys
{
    /// <summary>statx(2) of what the descriptor refers to, or of a name in a directory without following a link.</summary>
    public static statx Statx(Fd dir, string name, string? subject = null)
    {
        statx facts;
        fixed (byte* p = CString(name))
            Call("statx", subject ?? name, SYS_statx, dir.Number, (nint)p, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, (nint)(STATX_BASIC_STATS | STATX_MNT_ID), (nint)(&facts));
        return facts;
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
}
