using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Rootfs;

/// <summary>config.md#linux-mount-options: tmpcopyup, "copy up the contents to a tmpfs": done before the tmpfs is visible.</summary>
internal static class CopyUp
{
    private const int MaxDepth = 512;
    private const uint Unchanged = uint.MaxValue;

    /// <param name="keepUid">The tmpfs has an owner of its own, which was asked for; so with its group. Its mode it has already.</param>
    public static void Into(Fd tmpfs, Root root, string path, bool keepUid, bool keepGid)
    {
        using Fd from = root.Open(path, O_RDONLY | O_DIRECTORY);
        using Fd to = Sys.OpenAt2(tmpfs, ".", O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT);
        CopyDirectory(from, to, path, 0);
        Inode inode = Inode.Of(from, path);
        int error = keepUid && keepGid ? 0 : Sys.TryFchown(to, keepUid ? Unchanged : inode.Uid, keepGid ? Unchanged : inode.Gid, path);
        if (error < 0)
            throw new SysException("fchown", path, -error);
    }

    private static void CopyDirectory(Fd from, Fd to, string path, int depth)
    {
        if (depth > MaxDepth)
            throw new SysException("tmpcopyup", path, ELOOP);
        foreach (string name in Sys.ReadDirectory(from, path))
        {
            using Fd? entry = Sys.TryOpenAt(from, name, O_PATH | O_NOFOLLOW, out int error);
            if (entry is null && error == -ENOENT)
                continue; // removed since it was listed
            if (entry is null)
                throw new SysException("openat", name, -error);
            Inode inode = Inode.Of(entry, name);
            Copy(from, to, name, inode, depth);
        }
    }

    private static void Copy(Fd from, Fd to, string name, Inode inode, int depth)
    {
        switch (inode.Type)
        {
            case S_IFDIR:
            {
                Sys.MkdirAt(to, name, 0x1C0);
                using Fd inner = Sys.OpenAt(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
                using Fd made = Sys.OpenAt(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
                CopyDirectory(inner, made, name, depth + 1);
                TakeOwner(made, inode, name);
                break;
            }
            case S_IFREG:
            {
                using Fd source = Sys.OpenAt(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
                using Fd made = Sys.OpenAt(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180);
                Sys.SendFile(made, source, name);
                TakeOwner(made, inode, name);
                break;
            }
            case S_IFLNK:
            {
                int error = Sys.TrySymlinkAt(Sys.ReadLinkAt(from, name), to, name);
                if (error >= 0)
                    error = Sys.TryFchownAt(to, name, inode.Uid, inode.Gid);
                if (error < 0)
                    throw new SysException("symlinkat", name, -error);
                break;
            }
            default:
            {
                int error = Sys.TryMknodAt(to, name, inode.Type | inode.Mode, makedev(inode.Major, inode.Minor));
                if (error >= 0)
                    error = Sys.TryFchownAt(to, name, inode.Uid, inode.Gid);
                if (error < 0)
                    throw new SysException("mknodat", name, -error);
                break;
            }
        }
    }

    /// <summary>The owner first: a change of it clears set-id bits.</summary>
    private static void TakeOwner(Fd file, Inode inode, string name)
    {
        int error = Sys.TryFchown(file, inode.Uid, inode.Gid, name);
        if (error < 0)
            throw new SysException("fchown", name, -error);
        Sys.Fchmod(file, inode.Mode, name);
    }
}
