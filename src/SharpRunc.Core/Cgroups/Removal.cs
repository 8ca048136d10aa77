using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Removes a cgroup in every hierarchy, with the cgroups that the container created below. In the process that created it, also those that
/// were created above it, as long as nobody else has moved in. It is no error if it is already gone.
/// </summary>
internal static class Removal
{
    // 1, 2, 4 … 512 ms, about a second in all: a killed process with much memory may need that long to leave.
    private const int LongestWait = 512;

    /// <exception cref="ContainerException">Names the directories that are left after a second of retries.</exception>
    public static void Run(Cgroup cgroup)
    {
        List<CgroupDirectory> left = [.. cgroup.Directories];
        SysError error = default;
        for (int wait = 1; ; wait *= 2)
        {
            left.RemoveAll(directory =>
            {
                SysError refused = TryRemove(directory);
                if (refused.Failed)
                    error = refused;
                return !refused.Failed;
            });
            if (left.Count == 0)
                return;
            if (wait > LongestWait || error.Errno is not (EBUSY or ENOTEMPTY))
                break;
            Sys.Poll([], wait);
        }
        string names = string.Join(", ", left.ConvertAll(directory => directory.Path));
        throw ContainerException.From(ErrorCode.CgroupRemove, error.On(names), "cannot remove the container's cgroup", pointer: null,
            DescribeRemaining(cgroup));
    }

    private static string? DescribeRemaining(Cgroup cgroup)
    {
        try
        {
            int count = cgroup.Processes.Count();
            return count > 0 ? $"{count} process(es) are still in it" : null;
        }
        catch (SysException e)
        {
            return $"cannot determine whether processes are still in it: {e.Message}";
        }
    }

    private static SysError TryRemove(CgroupDirectory directory)
    {
        SysError error = TryRemove(directory.Path);
        if (Cgroup.IsLackOfPermission(error.Errno) && !directory.IsOurs())
            error = default; // belongs to another user, under the same name: recorded before that was known
        if (!error.Failed)
            directory.RemoveCreatedParents();
        return error;
    }

    private static SysError TryRemove(string path)
    {
        SysError error = TryRemoveEmpty(path);
        if (error.Errno is not (EBUSY or ENOTEMPTY))
            return error;
        using Fd? directory = Sys.TryOpenAt2(Fd.Cwd, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
            out SysError unopened);
        if (directory is null)
            return unopened.Errno == ENOENT ? default : unopened;
        if (!CgroupTree.HasBelow(directory))
            return error;
        SysError refused = CgroupTree.RemoveBelow(directory, path);
        return refused.Failed ? refused : TryRemoveEmpty(path);
    }

    /// <summary>Only an empty directory can be removed, so at worst the absolute path names nothing.</summary>
    private static SysError TryRemoveEmpty(string path)
    {
        SysError error = Sys.TryUnlinkAt(Fd.Cwd, path, AT_REMOVEDIR);
        return error.Errno == ENOENT ? default : error;
    }
}
