using System;
using SharpRunc.Core.Init;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#user-namespace-mappings for a user namespace by path, whose creator has written its maps. They are read once and become
/// the config's, so that every owner outside is the one that the container's user really maps to.
/// </summary>
internal static class JoinedMaps
{
    /// <summary>The owner of the namespace can stop the process that answers.</summary>
    private const int AnswerMilliseconds = 2000;

    /// <summary>Called before the config is validated. Mappings that the config has must be the same.</summary>
    /// <param name="user">The namespace whose maps were read; the path may lead to another one later. null: there is none.</param>
    /// <returns>linux with the maps of the namespace, or as it is.</returns>
    public static Spec.Linux Read(Spec.Linux linux, out Fd? user)
    {
        user = null;
        int index = Array.FindIndex(linux.Namespaces, static n => n is { Type: NamespaceType.User, Path: ['/', ..] });
        if (index < 0)
            return linux;
        user = NamespaceFds.Open(linux.Namespaces[index], index);
        (IdMapping[] uids, IdMapping[] gids) = Read(user, linux.Namespaces[index].Path!, index);
        Require(linux.UidMappings, uids, linux.Namespaces[index].Path!, "/linux/uidMappings");
        Require(linux.GidMappings, gids, linux.Namespaces[index].Path!, "/linux/gidMappings");
        return linux with { UidMappings = uids, GidMappings = gids };
    }

    /// <summary>Whether the two maps have the same entries, in any order.</summary>
    public static bool HaveSameEntries(IdMapping[] asked, IdMapping[] map)
    {
        foreach (IdMapping mapping in map)
            if (Array.IndexOf(asked, mapping) < 0)
                return false;
        return map.Length == asked.Length;
    }

    private static void Require(IdMapping[] asked, IdMapping[] map, string path, string pointer)
    {
        if (asked.Length > 0 && !HaveSameEntries(asked, map))
            throw new ContainerException(ErrorCode.NamespaceMap, $"the user namespace {path} maps other ids: {Text(map)}")
            {
                Pointer = pointer,
                Errno = EINVAL,
            };
    }

    /// <summary>
    /// The kernel shows the maps of a process, not of a namespace. They are read from the process whose /proc directory is in the path, or
    /// else from a process that joins the namespace for that purpose.
    /// </summary>
    private static (IdMapping[] Uids, IdMapping[] Gids) Read(Fd user, string path, int index)
    {
        if (path.Split('/') is ["", "proc", var process, "ns", "user"] && int.TryParse(process, out int pid))
            try
            {
                (IdMapping[], IdMapping[]) maps = (IdMaps.OfProcess(pid, "uid_map"), IdMaps.OfProcess(pid, "gid_map"));
                // The process may have ended and its pid may be reused.
                using Fd? still = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out _);
                if (still is not null && Inode.Of(still, path).IsSameAs(Inode.Of(user, path)))
                    return maps;
            }
            catch (SysException)
            {
                // The process has ended, but the namespace still exists.
            }
        return ReadFromWithin(user, path, index);
    }

    private static (IdMapping[] Uids, IdMapping[] Gids) ReadFromWithin(Fd user, string path, int index)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        int pid = 0;
        PidFd? process = null;
        try
        {
            using (theirs)
                pid = Enter(user, path, ours, theirs, out process);
            Span<byte> answer = stackalloc byte[sizeof(int)];
            bool answers = Sys.Poll([new pollfd { fd = ours.Number, events = POLLIN }], AnswerMilliseconds) > 0;
            int errno = answers && Sys.TryRead(ours, answer) == answer.Length ? BitConverter.ToInt32(answer) : ESRCH;
            if (errno != 0)
                throw ContainerException.From(ErrorCode.NamespaceJoin, new SysError("setns", path, errno), "cannot join the user namespace",
                    $"/linux/namespaces/{index}/path", errno == EINVAL ? "it is the runtime's own: omit it to inherit it" : null);
            return (IdMaps.OfProcess(pid, "uid_map"), IdMaps.OfProcess(pid, "gid_map"));
        }
        finally
        {
            ours.Dispose();
            if (pid > 0)
                process!.EndAndReap(pid); // the owner of the namespace may have stopped it
            process?.Dispose();
        }
    }

    /// <returns>The pid of the process that joins; never returns in that process.</returns>
    private static int Enter(Fd user, string path, Fd ours, Fd theirs, out PidFd? process)
    {
        int pid = Sys.Clone(0, SIGCHLD, null, out Fd? cloned);
        process = cloned is null ? null : PidFd.Own(cloned);
        if (pid != 0)
            return pid;
        ours.Dispose();
        // A process that is root in there could look into us, and through us at the host.
        Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE");
        SysError error = Sys.TrySetns(user, CLONE_NEWUSER, path);
        // A change of credentials resets both.
        Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE");
        Sys.Prctl(PR_SET_PDEATHSIG, SIGKILL, "PDEATHSIG");
        Sys.TrySend(theirs, BitConverter.GetBytes(error.Errno));
        Sys.TryRead(theirs, stackalloc byte[1]);
        Sys.ExitGroup(0);
        return 0;
    }

    private static string Text(IdMapping[] map)
        => string.Join(' ', Array.ConvertAll(map, static line => $"{line.ContainerId} {line.HostId} {line.Size}"));
}
