using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config.md#linux-mount-options: tmpcopyup, "copy up the contents to a tmpfs", done before the tmpfs is visible. The image decides how
/// deep the tree is, so the walk holds one directory of each side, returns by "..", and does not recurse.
/// </summary>
internal sealed class CopyUp : IDisposable
{
    private readonly string path;
    private readonly Stack<Level> levels = [];
    private Fd from, to;

    /// <summary>The file system that was checked last; it stores real files.</summary>
    private (uint Major, uint Minor)? known;

    private CopyUp(Fd from, Fd to, string path) => (this.from, this.to, this.path) = (from, to, path);

    /// <summary>Copies only the contents: the owner and mode of the tmpfs are already set.</summary>
    /// <exception cref="SysException">Something cannot be copied, or the image changes in the meantime.</exception>
    public static void Run(Fd tmpfs, Root root, string path)
    {
        Fd covered = root.Open(path, O_RDONLY | O_DIRECTORY);
        Fd copies = Sys.OpenAt2(tmpfs, ".", O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT);
        using CopyUp walk = new(covered, copies, path);
        walk.Copy(Inode.Of(walk.from, path));
    }

    public void Dispose()
    {
        from.Dispose();
        to.Dispose();
    }

    /// <param name="top">The inode of <see cref="from"/>.</param>
    private void Copy(Inode top)
    {
        levels.Push(new Level(top, Names()));
        while (true)
        {
            Level level = levels.Peek();
            if (level.Unseen.TryDequeue(out string? name))
                CopyEntry(name);
            else if (levels.Count == 1)
                return;
            else
                Ascend();
        }
    }

    private void CopyEntry(string name)
    {
        using Fd? entry = Sys.TryOpenAt(from, name, O_PATH | O_NOFOLLOW, out SysError error);
        if (error.Errno == ENOENT)
            return; // removed since it was listed
        if (entry is null)
            throw error.ToException();
        Inode inode = Inode.Of(entry, name);
        if (inode.IsDirectory)
            Descend(name);
        else
            CopyFile(name, entry, inode);
    }

    private void CopyFile(string name, Fd entry, Inode inode)
    {
        if (inode.Type == S_IFREG)
        {
            RequireContent(name, entry, inode);
            using Fd source = Sys.OpenAt(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
            using Fd made = Sys.OpenAt(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Modes.O600);
            Sys.SendFile(made, source, name);
            CopyMetadata(source, made, inode, name);
            return;
        }
        SysError error = inode.Type == S_IFLNK
            ? Sys.TrySymlinkAt(Sys.ReadLinkAt(from, name), to, name)
            : Sys.TryMknodAt(to, name, inode.Type | inode.Mode, makedev(inode.Major, inode.Minor));
        error.ThrowIfFailed();
        Sys.TryFchownAt(to, name, inode.Uid, inode.Gid).ThrowIfFailed();
    }

    /// <summary>
    /// Requires a file system with real files. The image may have a link to a directory of /proc here, and what root reads there is not the
    /// container's.
    /// </summary>
    private void RequireContent(string name, Fd entry, Inode inode)
    {
        if (known == inode.Device)
            return;
        if (KernelFiles.IsKernelFile(entry))
            throw new SysException("tmpcopyup", name, EOPNOTSUPP);
        known = inode.Device;
    }

    private void Descend(string name)
    {
        Sys.MkdirAt(to, name, Modes.O700);
        Enter(name);
        levels.Push(new Level(Inode.Of(from, name), Names()));
    }

    private void Ascend()
    {
        CopyMetadata(from, to, levels.Pop().Inode, path);
        Enter("..");
        // A directory that was moved in the meantime has another parent, perhaps one outside the image.
        if (!Inode.Of(from, path).IsSameAs(levels.Peek().Inode))
            throw new SysException("tmpcopyup", path, EAGAIN);
    }

    private void Enter(string name)
    {
        int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
        Fd source = Sys.OpenAt(from, name, flags);
        from.Dispose();
        from = source;
        Fd made = Sys.OpenAt(to, name, flags);
        to.Dispose();
        to = made;
    }

    private Queue<string> Names()
    {
        // A separate descriptor, because the position in a directory belongs to the open file.
        using Fd listing = Sys.OpenAt(from, ".", O_RDONLY | O_DIRECTORY);
        return new(Sys.ReadDirectory(listing, path));
    }

    /// <summary>Copies owner, attributes and mode. The owner comes first: changing it clears set-id bits and file capabilities.</summary>
    private static void CopyMetadata(Fd source, Fd made, Inode inode, string name)
    {
        Sys.TryFchown(made, inode.Uid, inode.Gid, name).ThrowIfFailed();
        foreach (string attribute in Sys.ListXattr(source, name))
            if (Sys.TryGetXattr(source, attribute) is { } value)
                CopyAttribute(made, name, attribute, value);
        Sys.Fchmod(made, inode.Mode, name);
    }

    /// <summary>Copies an attribute, unless tmpfs does not support it or the user namespace may not set it.</summary>
    private static void CopyAttribute(Fd made, string name, string attribute, byte[] value)
    {
        SysError error = Sys.TryFsetxattr(made, attribute, value);
        if (error.Failed && error.Errno is not (EOPNOTSUPP or EPERM or EINVAL))
            throw error.On($"{name} {attribute}").ToException();
    }

    /// <param name="Inode">The image's directory.</param>
    /// <param name="Unseen">Names in it that are still to be copied.</param>
    private readonly record struct Level(Inode Inode, Queue<string> Unseen);
}
