using System;
using System.Globalization;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Identifies a namespace: namespaces(7), device and inode of the file that represents it.</summary>
internal readonly record struct NamespaceId(uint Major, uint Minor, ulong Inode)
{
    public static NamespaceId Of(Fd ns, string subject)
    {
        Inode inode = Linux.Inode.Of(ns, subject);
        return new(inode.Device.Major, inode.Device.Minor, inode.Number);
    }

    /// <summary>ioctl_ns(2), NS_GET_USERNS: the user namespace that owns this one; null if it is above the caller's.</summary>
    public static NamespaceId? OwnerOf(Fd ns, string subject)
    {
        using Fd? owner = Sys.TryNamespaceOwner(ns, subject, out SysError error);
        if (owner is not null)
            return Of(owner, subject);
        return error.Errno == EPERM ? null : throw error.ToException();
    }

    /// <summary>Parses the result of <see cref="ToString"/>; other texts yield no existing namespace.</summary>
    public static NamespaceId Parse(ReadOnlySpan<char> text)
        => new((uint)Number(ref text), (uint)Number(ref text), Number(ref text));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}:{Minor}:{Inode}");

    private static ulong Number(ref ReadOnlySpan<char> text)
    {
        ulong number = 0;
        int i = 0;
        for (; i < text.Length && text[i] is >= '0' and <= '9'; i++)
            number = number * 10 + (ulong)(text[i] - '0');
        text = i < text.Length ? text[(i + 1)..] : [];
        return number;
    }
}
