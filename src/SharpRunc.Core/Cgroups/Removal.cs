using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// Removes a cgroup in every hierarchy, with the cgroups that the container created below. In the process that created it, also those that
/// were created above it, as long as nobody else has moved in. It is no error if it is already gone.
/// </summary>
internal static class Removal
{
    // 1, 2, 4 … 512 ms, about a second in all: a killed process with much memory may need that long to leave.
    private const int LongestWait = 512;

    /// <exception cref="ContainerException">Names the directories that are left after a second of retries.</exception>
    internal static void Run(Cgroup cgroup)
    {
        List<CgroupDirectory> left = [.. cgroup.Directories];
        int error = 0;
        for (int wait = 1; ; wait *= 2)
        {
            left.RemoveAll(directory =>
            {
                int result = TryRemove(directory);
                if (result < 0)
                    error = result;
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
            WhoIsLeft(cgroup));
    }

    private static string? WhoIsLeft(Cgroup cgroup)
    {
        try
        {
            int count = cgroup.Processes.Count();
            return count > 0 ? $"{count} process(es) are still in it" : null;
        }
        catch (SysException e)
        {
            return $"whether processes are still in it cannot be told: {e.Message}";
        }
    }

    /// <summary>0 or a negative errno.</summary>
    private static int TryRemove(CgroupDirectory directory)
    {
        int error = TryRemove(directory.Path);
        if (error < 0 && Cgroup.IsLackOfPermission(-error) && !directory.IsOurs())
            error = 0; // belongs to another user, under the same name: recorded before that was known
        if (error == 0)
            directory.RemoveCreatedParents();
        return error;
    }

    private static int TryRemove(string path)
    {
        // Only an empty directory can be removed, so at worst the absolute path names nothing.
        int error = Sys.TryUnlinkAt(Fd.Cwd, path, AT_REMOVEDIR);
        if (error is 0 or -ENOENT)
            return 0;
        if (error is not (-EBUSY or -ENOTEMPTY))
            return error;
        using Fd? directory = Sys.TryOpenAt2(Fd.Cwd, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
            out int unopened);
        if (directory is null)
            return unopened == -ENOENT ? 0 : unopened;
        if (!CgroupTree.HasBelow(directory))
            return error;
        int refused = CgroupTree.RemoveBelow(directory, path);
        if (refused < 0)
            return refused;
        error = Sys.TryUnlinkAt(Fd.Cwd, path, AT_REMOVEDIR);
        return error == -ENOENT ? 0 : error;
    }
}
