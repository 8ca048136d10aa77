using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Extended attributes: xattr(7).
internal static unsafe partial class Sys
{
    /// <summary>xattr(7): the maximum size of a list or a value.</summary>
    private const int MaxAttribute = 64 * 1024;

    /// <summary>0, or a negative errno.</summary>
    public static int TryFsetxattr(Fd fd, string name, ReadOnlySpan<byte> value)
    {
        fixed (byte* n = CString(name), v = value)
            return (int)Try("fsetxattr", name, SYS_fsetxattr, fd.Number, (nint)n, (nint)v, value.Length, 0);
    }

    /// <summary>
    /// The names of a file's attributes, as far as they are visible to this process; empty if the file system does not support them.
    /// </summary>
    public static string[] ListXattr(Fd fd, string? subject)
    {
        nint length = Try("flistxattr", subject, SYS_flistxattr, fd.Number, 0, 0);
        if (length is 0 or -EOPNOTSUPP)
            return [];
        byte[] list = new byte[MaxAttribute];
        fixed (byte* l = list)
            length = Call("flistxattr", subject, SYS_flistxattr, fd.Number, (nint)l, list.Length);
        return KernelText.Decode(list.AsSpan(0, (int)length)).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>null if it was removed after it was listed.</summary>
    public static byte[]? TryGetXattr(Fd fd, string name)
    {
        byte[] value = new byte[MaxAttribute];
        nint length;
        fixed (byte* n = CString(name), v = value)
            length = Try("fgetxattr", name, SYS_fgetxattr, fd.Number, (nint)n, (nint)v, value.Length);
        if (length < 0 && length != -ENODATA)
            throw new SysException("fgetxattr", name, (int)-length);
        return length < 0 ? null : value[..(int)length];
    }
}
