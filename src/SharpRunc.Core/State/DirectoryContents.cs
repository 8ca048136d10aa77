using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Empties a directory that a container may have written to, and may still write to. The container decides how deep and how wide the tree
/// is. So nothing recurses, only one read of a directory is held at a time, and it ends after some time whatever others do. A directory
/// below that is not empty is emptied where it is; what is not empty in that one is moved up into the top directory, for its turn.
/// </summary>
internal sealed class DirectoryContents
{
    private const int PatienceMilliseconds = 20_000;

    private readonly Fd directory;
    private readonly string path;
    private readonly long deadline = Sys.MonotonicMilliseconds() + PatienceMilliseconds;
    private int moved;

    private DirectoryContents(Fd directory, string path) => (this.directory, this.path) = (directory, path);

    /// <param name="path">Of the directory, for messages.</param>
    /// <exception cref="SysException">Something in it cannot be removed, or others keep filling it.</exception>
    public static void Remove(Fd directory, string path) => new DirectoryContents(directory, path).Empty(directory, path, isTop: true);

    private void Empty(Fd current, string name, bool isTop)
    {
        bool hasSeenAny;
        do
        {
            hasSeenAny = false;
            using Fd listing = Sys.OpenAt(current, ".", O_RDONLY | O_DIRECTORY); // a descriptor lists a directory from its start only once
            List<string> names = Sys.ReadSomeOfDirectory(listing, name);
            while (names.Count > 0)
            {
                hasSeenAny = true;
                RemoveAll(current, name, names, isTop);
                names = Sys.ReadSomeOfDirectory(listing, name);
            }
        }
        while (hasSeenAny);
    }

    private void RemoveAll(Fd current, string name, List<string> entries, bool isTop)
    {
        foreach (string entry in entries)
        {
            SysError error = TryRemove(current, entry);
            if (error.Errno == ENOTEMPTY)
                error = isTop ? TryEmpty(entry) : TryMoveUp(current, entry);
            if (error.Failed && error.Errno != ENOENT)
                throw error.On($"{name}/{entry}").ToException();
        }
        if (Sys.MonotonicMilliseconds() > deadline)
            throw new SysException("rmdir", name, ENOTEMPTY);
    }

    private static SysError TryRemove(Fd parent, string name)
    {
        SysError error = Sys.TryUnlinkAt(parent, name);
        return error.Errno == EISDIR ? Sys.TryUnlinkAt(parent, name, AT_REMOVEDIR) : error;
    }

    /// <summary>One that is filled again meanwhile, or exchanged for something else, has another turn.</summary>
    private SysError TryEmpty(string name)
    {
        using (Fd? below = Sys.TryOpenAt(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out SysError error))
        {
            if (below is null)
                return error.Errno is ELOOP or ENOTDIR ? default : error;
            try
            {
                Empty(below, $"{path}/{name}", isTop: false);
            }
            catch (SysException e) when (e.Errno == ENOENT)
            {
                // removed meanwhile
            }
        }
        SysError refused = TryRemove(directory, name);
        return refused.Errno == ENOTEMPTY ? default : refused;
    }

    private SysError TryMoveUp(Fd parent, string name)
    {
        SysError error;
        do
        {
            error = Sys.TryRenameAt(parent, name, directory, $"moved.{moved}", RENAME_NOREPLACE);
            moved++;
        }
        while (error.Errno == EEXIST && Sys.MonotonicMilliseconds() <= deadline);
        return error;
    }
}
