using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// User namespaces for id-mapped mounts: the kernel takes the mapping from a user namespace. A process is cloned for each mapping just to
/// make one. This happens before the init is cloned: a refused mapping leaves nothing behind, and we still have one thread.
/// </summary>
internal static class MountMappings
{
    /// <returns>By index of mounts[], as <see cref="Plan.RootfsPlan.MountMappings"/>.</returns>
    public static Fd?[] Open(Mount[] mounts, ProcFs? proc)
    {
        Fd?[] opened = [];
        for (int i = 0; i < mounts.Length; i++)
        {
            if (mounts[i].UidMappings.Length == 0)
                continue;
            if (opened.Length == 0)
                opened = new Fd?[mounts.Length];
            opened[i] = Same(mounts, i, opened) ?? Make(mounts[i], $"/mounts/{i}", proc!);
        }
        return opened;
    }

    /// <summary>Reuses an earlier namespace with the same mapping: all volumes of a pod have the pod's mapping.</summary>
    private static Fd? Same(Mount[] mounts, int index, Fd?[] opened)
    {
        for (int i = 0; i < index; i++)
            if (opened[i] is { } fd && HaveSameMappings(mounts[i], mounts[index]))
                return fd;
        return null;
    }

    private static bool HaveSameMappings(Mount one, Mount other)
        => one.UidMappings.AsSpan().SequenceEqual(other.UidMappings) && one.GidMappings.AsSpan().SequenceEqual(other.GidMappings);

    private static Fd Make(Mount mount, string pointer, ProcFs proc)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        int pid = 0;
        PidFd? process = null;
        try
        {
            using (theirs)
                pid = Clone(ours, theirs, pointer, out process);
            IdMaps.Write(proc, pid, mount.UidMappings, mount.GidMappings, pointer, privileged: true);
            return proc.OpenMagic($"{pid}/ns/user", O_RDONLY);
        }
        finally
        {
            ours.Dispose();
            if (pid > 0)
                process!.EndAndReap(pid);
            process?.Dispose();
        }
    }

    /// <returns>The pid of the process; never returns in the process itself, which waits until we, or our end of the socket, are
    /// gone.</returns>
    private static int Clone(Fd ours, Fd theirs, string pointer, out PidFd? process)
    {
        try
        {
            int pid = Sys.Clone(CLONE_NEWUSER, SIGCHLD, null, out Fd? cloned);
            process = cloned is null ? null : PidFd.Own(cloned);
            if (pid != 0)
                return pid;
        }
        catch (SysException e)
        {
            throw ContainerException.From(
                ErrorCode.MountIdMap, e, "cannot create a user namespace for the mapping", pointer + "/uidMappings",
                e.Errno == ENOSPC ? "the sysctl user.max_user_namespaces limits their number" : null);
        }
        ours.Dispose();
        Sys.TryRead(theirs, stackalloc byte[1]);
        Sys.ExitGroup(0);
        return 0;
    }
}
