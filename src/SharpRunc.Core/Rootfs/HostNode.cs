using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A device node or file of the host that enters a container other than by a bind mount of the config. All processes of the host use its
/// inode, so the container gets a read-only clone, through which its mode, owner and times cannot be changed.
/// </summary>
internal static class HostNode
{
    /// <summary>
    /// CVE-2025-31133: the source of a mask must be the real null device, not the image's. It is taken from the host, and checked as well.
    /// </summary>
    public static Tree CloneNull()
    {
        Tree tree = Tree.CloneReadOnly(Fd.Cwd, "/dev/null");
        Inode.Of(tree.Fd, "/dev/null").RequireCharDevice(1, 3);
        return tree;
    }

    /// <summary>Reopens an open device through such a clone.</summary>
    /// <param name="opened">A device in our mount namespace; /dev/null may be of another one.</param>
    /// <exception cref="SysException">It is of another mount namespace, or cannot be opened twice.</exception>
    public static Fd Reopen(Fd opened, string subject)
    {
        Inode inode = Inode.Of(opened, subject);
        using Tree tree = IsNull(inode) ? CloneNull() : Tree.CloneReadOnly(opened, "", subject);
        Fd again = Open(tree, (int)Sys.Fcntl(opened, F_GETFL));
        Inode.Of(again, subject).RequireDevice(inode);
        return again;
    }

    /// <summary>Reopens, through such a clone, a file that is open for reading only, and keeps its offset.</summary>
    /// <returns>null if it is of no mount of ours, or we may not clone that.</returns>
    public static Fd? TryReopen(Fd file, Inode inode, int flags)
    {
        Fd? again = null;
        try
        {
            using Tree tree = Tree.CloneReadOnly(file, "", "standard stream");
            again = Open(tree, flags);
            if (Inode.Of(again, "standard stream").IsSameAs(inode) && Sys.TrySeek(again, Sys.TryTell(file)) >= 0)
                return again;
        }
        catch (SysException)
        {
        }
        again?.Dispose();
        return null;
    }

    /// <summary>Copies what is left to read of it, from its offset, to a sealed memfd.</summary>
    /// <returns>null if it is more than <paramref name="most"/> bytes, or cannot be read.</returns>
    public static Fd? TryCopy(Fd file, int most)
    {
        const int AllowSealing = 2, Cloexec = 1;
        Fd copy = Sys.MemfdCreate("stdin", Cloexec | AllowSealing);
        Span<byte> buffer = new byte[64 * 1024];
        long start = Sys.TryTell(file);
        long copied = 0;
        while (true)
        {
            int read = Sys.TryRead(file, buffer, "standard stream");
            if (read == 0)
            {
                Sys.Fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
                Sys.Seek(copy, 0);
                return copy;
            }
            if (read < 0 || copied + read > most)
                break;
            Sys.Write(copy, buffer[..read], "copy of a standard stream");
            copied += read;
        }
        copy.Dispose();
        Sys.TrySeek(file, start);
        return null;
    }

    /// <summary>
    /// Opens the clone through /proc/self/fd, the only way for a mount that is not attached. The descriptor is ours, so the link is the
    /// kernel's.
    /// </summary>
    private static Fd Open(Tree tree, int flags)
        => Sys.OpenAt(Fd.Cwd, tree.Fd.ProcPath, flags & (O_ACCMODE | O_APPEND | O_NONBLOCK) | O_NOCTTY);

    /// <summary>Whether an open device refuses to be opened again, as a virtio port does.</summary>
    public static bool IsExclusive(Fd opened)
    {
        try
        {
            Reopen(opened, "standard stream").Dispose();
            return false;
        }
        catch (SysException e)
        {
            return e.Errno == EBUSY;
        }
    }

    public static bool IsNull(Inode inode) => inode is { Type: S_IFCHR, Major: 1, Minor: 3 };
}
