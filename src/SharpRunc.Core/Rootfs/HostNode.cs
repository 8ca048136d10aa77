using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>
/// A device node or file of the host on its way into a container, where no bind mount of the config brings it. It is the inode that everybody on the
/// host uses: what comes in is a read-only clone, through which its mode, owner and times cannot be changed.
/// </summary>
internal static class HostNode
{
    /// <summary>CVE-2025-31133: the source of a mask must be the real null device, not the image's. It is taken from the host, and looked at all the same.</summary>
    public static Tree CloneNull()
    {
        Tree tree = Tree.CloneReadOnly(Fd.Cwd, "/dev/null");
        Inode.Of(tree.Fd, "/dev/null").RequireCharDevice(1, 3);
        return tree;
    }

    /// <summary>A device that is open already, opened once more through such a clone.</summary>
    /// <param name="opened">In our mount namespace; /dev/null may be of another one.</param>
    /// <exception cref="SysException">It is of another mount namespace, or does not let itself be opened twice.</exception>
    public static Fd Reopen(Fd opened, string subject)
    {
        Inode inode = Inode.Of(opened, subject);
        using Tree tree = IsNull(inode) ? CloneNull() : Tree.CloneReadOnly(opened, "", subject);
        Fd again = Open(tree, (int)Sys.Fcntl(opened, F_GETFL));
        Inode.Of(again, subject).RequireDevice(inode);
        return again;
    }

    /// <summary>A file that is open for reading alone, opened once more through such a clone, and read from where the first one is.</summary>
    /// <returns>null: it is of no mount of ours, or not ours to clone.</returns>
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

    /// <summary>What is left to read of it, from where it is, in memory, and never to be changed.</summary>
    /// <returns>null: it is more than <paramref name="most"/> bytes, or cannot be read.</returns>
    public static Fd? TryCopy(Fd file, int most)
    {
        const int allowSealing = 2, cloexec = 1;
        Fd copy = Sys.MemfdCreate("stdin", cloexec | allowSealing);
        Span<byte> buffer = new byte[64 * 1024];
        long start = Sys.TryTell(file);
        for (long copied = 0; Sys.TryRead(file, buffer, "standard stream") is var read; copied += read)
            if (read == 0)
            {
                Sys.Fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
                Sys.Seek(copy, 0);
                return copy;
            }
            else if (read < 0 || copied + read > most)
                break;
            else
                Sys.Write(copy, buffer[..read], "copy of a standard stream");
        copy.Dispose();
        Sys.TrySeek(file, start);
        return null;
    }

    /// <summary>The only way to open what is not below a directory. The number is ours, so the link is the kernel's.</summary>
    private static Fd Open(Tree tree, int flags)
        => Sys.OpenAt(Fd.Cwd, string.Concat("/proc/self/fd/", tree.Fd.Number.ToString()), flags & (O_ACCMODE | O_APPEND | O_NONBLOCK) | O_NOCTTY);

    /// <summary>A device that is open already and refuses to be opened once more, such as a virtio port.</summary>
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
