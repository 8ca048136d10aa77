using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.State;

/// <summary>
/// Empties a directory that a container may have written to. The container decides how deep the tree is, so nothing recurses: what is in a
/// directory below is moved up into the top one, until no directory is left that is not empty.
/// </summary>
internal static class DirectoryContents
{
    /// <param name="path">Of the directory, for messages.</param>
    /// <exception cref="SysException">Something in it cannot be removed.</exception>
    public static void Remove(Fd directory, string path)
    {
        Queue<string> names = new(Sys.ReadDirectory(directory, path));
        int moved = 0;
        while (names.TryDequeue(out string? name))
        {
            SysError error = Sys.TryUnlinkAt(directory, name);
            if (error.Errno == EISDIR)
                error = Sys.TryUnlinkAt(directory, name, AT_REMOVEDIR);
            if (error.Errno == ENOTEMPTY)
            {
                MoveUp(directory, name, names, ref moved);
                names.Enqueue(name);
            }
            else if (error.Failed && error.Errno != ENOENT)
                throw error.On($"{path}/{name}").ToException();
        }
    }

    /// <param name="names">Receives the names under which the entries are found then.</param>
    private static void MoveUp(Fd directory, string name, Queue<string> names, ref int moved)
    {
        using Fd inside = Sys.OpenAt(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        foreach (string entry in Sys.ReadDirectory(inside, name))
        {
            string free;
            do
                free = $"moved.{moved++}";
            while (Sys.Exists(directory, free));
            Sys.RenameAt(inside, entry, directory, free);
            names.Enqueue(free);
        }
    }
}
