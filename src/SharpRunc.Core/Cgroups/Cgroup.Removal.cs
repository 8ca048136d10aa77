using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// The end of it.
internal sealed partial class Cgroup
{
    // 1, 2, 4 … 512 ms: about a second, which a killed process with much memory may need to leave.
    private const int LongestWait = 512;

    /// <summary>
    /// Removes it in every hierarchy, with what the container made below and, in the process that made it, with what had to be
    /// made above (as far as nobody else has moved in). Gone already is good too.
    /// </summary>
    /// <exception cref="ContainerException">Names what is left after a second of trying.</exception>
    internal void Remove()
    {
        List<CgroupDirectory> left = [.. directories];
        int error = 0;
        for (int wait = 1; ; wait *= 2)
        {
            left.RemoveAll(directory =>
            {
                int result = TryRemove(directory.Path);
                if (result < 0 && IsRefusal(-result) && !directory.IsOurs())
                    result = 0; // another user's, of the same name: written down before we knew
                if (result < 0)
                    error = result;
                else
                    directory.RemoveMadeAbove();
                return result == 0;
            });
            if (left.Count == 0)
                return;
            if (wait > LongestWait || error is not (-EBUSY or -ENOTEMPTY))
                break;
            Sys.Poll([], wait);
        }
        string names = string.Join(", ", left.ConvertAll(directory => directory.Path));
        throw ContainerException.From(new SysException("rmdir", names, -error), "cannot remove the container's cgroup", pointer: null,
            WhoIsLeft());
    }

    private string? WhoIsLeft()
    {
        try
        {
            return CountProcesses() is > 0 and var count ? $"{count} process(es) are still in it" : null;
        }
        catch (SysException e)
        {
            return $"whether processes are still in it cannot be told: {e.Message}";
        }
    }

    /// <summary>0 or a negative errno.</summary>
    private static int TryRemove(string path)
    {
        // Only an empty directory can be removed: the absolute path can at worst name nothing.
        int error = Sys.TryUnlinkAt(Fd.Cwd, path, AT_REMOVEDIR);
        if (error is 0 or -ENOENT)
            return 0;
        if (error is not (-EBUSY or -ENOTEMPTY))
            return error;
        using Fd? directory = Sys.TryOpenAt2(Fd.Cwd, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, out int unopened);
        if (directory is null)
            return unopened == -ENOENT ? 0 : unopened;
        if (!CgroupTree.HasBelow(directory))
            return error;
        if (CgroupTree.RemoveBelow(directory, path) is < 0 and var refused)
            return refused;
        error = Sys.TryUnlinkAt(Fd.Cwd, path, AT_REMOVEDIR);
        return error == -ENOENT ? 0 : error;
    }
}
